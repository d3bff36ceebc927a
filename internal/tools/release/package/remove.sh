#!/bin/sh
# Before a removal, not before an upgrade (deb: upgrade, rpm: 1). What is in /var/lib/deskbell stays.
set -e
case "$1" in remove | 0) ;; *) exit 0 ;; esac
if [ -d /run/systemd/system ]; then
	systemctl disable --now deskbell
fi
