#!/bin/sh
# After an install and after an upgrade. A service that runs goes on with the new program; a new one waits for its settings.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers deskbell.conf
elif ! getent passwd deskbell >/dev/null; then
	useradd --system --home-dir /var/lib/deskbell --shell /usr/sbin/nologin deskbell
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart deskbell
fi
echo "Settings: /etc/deskbell/deskbell.env. Then: systemctl enable --now deskbell; journalctl -u deskbell shows the link to set it up."
