package support

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"deskbell/internal/db"
	"deskbell/internal/fault"
	"deskbell/internal/id"
)

// maxBlocks bounds an account's blocks: every message is held against all of its networks.
const maxBlocks = 1000

// What a block is about.
const (
	BlockContact = "contact"
	BlockDevice  = "device"
	BlockNetwork = "network"
)

// The widest networks that can be blocked, in leading bits: a slip must not shut everybody out.
const (
	widestV4 = 8
	widestV6 = 16
)

// errBlocked says little on purpose: whoever is blocked need not know how to get around it.
var errBlocked = fault.New(fault.Forbidden, "blocked", "This chat is not available")

// Block keeps somebody from starting sessions and from sending anything; what was said they can
// still read, but their streams end.
type Block struct {
	ID string
	// Kind is one of the three above; Value the contact's id, the device's id, or the network.
	Kind      string
	Value     string
	CreatedBy string
	CreatedAt int64
}

// blockList is what is looked through for every message.
type blockList struct {
	names    map[string]bool
	networks []netip.Prefix
}

func (l blockList) holds(contactID, deviceID string, ip netip.Addr) bool {
	if l.names[BlockContact+contactID] || l.names[BlockDevice+deviceID] {
		return true
	}
	ip = ip.Unmap()
	for _, network := range l.networks {
		if network.Contains(ip) {
			return true
		}
	}
	return false
}

// mustNotBeBlocked refuses whom the team does not want to hear from.
func (s *Service) mustNotBeBlocked(ctx context.Context, accountID, contactID, deviceID string, ip netip.Addr) error {
	list, err := s.blocks.Get(ctx, accountID, func(ctx context.Context) (blockList, error) {
		all, err := listBlocks(ctx, s.db.Read(), accountID)
		l := blockList{names: map[string]bool{}}
		for _, b := range all {
			if network, err := netip.ParsePrefix(b.Value); b.Kind == BlockNetwork && err == nil {
				l.networks = append(l.networks, network)
			} else {
				l.names[b.Kind+b.Value] = true
			}
		}
		return l, err
	})
	if err == nil && list.holds(contactID, deviceID, ip) {
		err = errBlocked
	}
	return err
}

// mustBeHeard refuses a session what only those may do who may read and are not blocked.
func (s *Service) mustBeHeard(ctx context.Context, v SessionAuth) error {
	if err := v.MustRead(); err != nil {
		return err
	}
	return s.mustNotBeBlocked(ctx, v.AccountID, v.ContactID, v.DeviceID, addressOf(v.IP))
}

// addressOf reads a session's address; none for a session from before addresses were kept in this form.
func addressOf(ip string) netip.Addr {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return netip.Addr{}
	}
	return addr
}

// knownContact finds whose address somebody claims; empty when nobody's.
func knownContact(ctx context.Context, q db.Querier, accountID string, c Claims) (contactID string, err error) {
	if c.Email != "" {
		contactID, err = contactByEmail(ctx, q, accountID, c.Email)
	}
	if contactID == "" && err == nil && c.Phone != "" {
		contactID, err = contactByPhone(ctx, q, accountID, c.Phone)
	}
	return contactID, err
}

// AddBlock blocks a contact, a device, or an address or network (CIDR), which is for admins. What
// is blocked already stays so. Kinds: Invalid, Forbidden, NotFound (contact).
func (s *Service) AddBlock(ctx context.Context, a Actor, kind, value string) (Block, error) {
	b := Block{ID: s.newID(), Kind: kind, Value: value, CreatedBy: a.UserID, CreatedAt: s.millis()}
	switch kind {
	case BlockContact:
		if !id.Valid(value) {
			return Block{}, errNotFound
		}
	case BlockDevice:
		if ValidDeviceID(value) != nil {
			return Block{}, fault.Field("value", "value must be a device's id")
		}
	case BlockNetwork:
		if err := a.mustAdmin(); err != nil {
			return Block{}, err
		}
		network, err := parseNetwork(value)
		if err != nil {
			return Block{}, err
		}
		b.Value = network.String()
	default:
		return Block{}, fault.Field("kind", "kind must be contact, device or network")
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if kind == BlockContact {
			if _, err := contactOf(ctx, tx, a.AccountID, value); err != nil {
				return err
			}
		}
		all, err := listBlocks(ctx, tx, a.AccountID)
		if err != nil {
			return err
		}
		for _, known := range all {
			if known.Kind == b.Kind && known.Value == b.Value {
				b = known
				return nil
			}
		}
		if len(all) >= maxBlocks {
			return fault.Field("value", "an account may have at most 1000 blocks")
		}
		if err := insertBlock(ctx, tx, a.AccountID, b); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "block.add", b.ID, b.Kind)
	})
	return b, err
}

// parseNetwork reads an address or a network that is not too wide.
func parseNetwork(text string) (netip.Prefix, error) {
	network, err := netip.ParsePrefix(text)
	if addr, single := netip.ParseAddr(text); single == nil {
		addr = addr.Unmap().WithZone("")
		network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	widest := widestV6
	if network.Addr().Is4() {
		widest = widestV4
	}
	if err != nil || network.Addr().Is4In6() || network.Bits() < widest {
		return netip.Prefix{}, fault.Field("value", "value must be an address such as 203.0.113.7 or a network such as 203.0.113.0/24")
	}
	return network.Masked(), nil
}

// Blocks lists the account's blocks, newest first. Admins only. Kinds: Forbidden.
func (s *Service) Blocks(ctx context.Context, a Actor) ([]Block, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	return listBlocks(ctx, s.db.Read(), a.AccountID)
}

// ShownBlock is a block with the names of what stands in it by id.
type ShownBlock struct {
	Block
	// By is who made it, empty once they are gone; Contact whom a contact's block is about.
	By      string
	Contact Contact
}

// ShownBlocks lists the account's blocks with names, newest first. Admins only. Kinds: Forbidden.
func (s *Service) ShownBlocks(ctx context.Context, a Actor) ([]ShownBlock, error) {
	if err := a.mustAdmin(); err != nil {
		return nil, err
	}
	rows, err := s.db.Read().Query(ctx, `/* showBlocks */ SELECT b._id, b.kind, b.value, b.created_by, b.created_at, u.name, c.name, c.email, c.phone
		FROM support_blocks b LEFT JOIN users u ON u._id = b.created_by AND u.account_id = b.account_id
		LEFT JOIN contacts c ON b.kind = 'contact' AND c._id = b.value AND c.account_id = b.account_id
		WHERE b.account_id = ? ORDER BY b.created_at DESC, b._id DESC`, a.AccountID)
	if err != nil {
		return nil, fmt.Errorf("show blocks: %w", err)
	}
	return collect(rows, func(row db.Scanner) (b ShownBlock, err error) {
		err = row.Scan(&b.ID, &b.Kind, &b.Value, &b.CreatedBy, &b.CreatedAt, text{&b.By}, text{&b.Contact.Name}, text{&b.Contact.Email}, text{&b.Contact.Phone})
		b.Contact.ID = b.Value
		return b, err
	})
}

// DeleteBlock ends a block. Admins only. Kinds: Forbidden, NotFound.
func (s *Service) DeleteBlock(ctx context.Context, a Actor, blockID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		var kind string
		err := tx.QueryRow(ctx, `/* blockToDelete */ SELECT kind FROM support_blocks WHERE _id = ? AND account_id = ?`, blockID, a.AccountID).Scan(&kind)
		if errors.Is(err, db.ErrNoRows) {
			return errNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `/* deleteBlock */ DELETE FROM support_blocks WHERE _id = ? AND account_id = ?`, blockID, a.AccountID); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "block.remove", blockID, kind)
	})
}

func listBlocks(ctx context.Context, q db.Querier, accountID string) ([]Block, error) {
	rows, err := q.Query(ctx, `/* listBlocks */ SELECT _id, kind, value, created_by, created_at FROM support_blocks
		WHERE account_id = ? ORDER BY created_at DESC, _id DESC`, accountID)
	if err != nil {
		return nil, fmt.Errorf("list blocks: %w", err)
	}
	return collect(rows, func(row db.Scanner) (b Block, err error) {
		err = row.Scan(&b.ID, &b.Kind, &b.Value, &b.CreatedBy, &b.CreatedAt)
		return b, err
	})
}

func insertBlock(ctx context.Context, tx *db.Tx, accountID string, b Block) error {
	_, err := tx.Exec(ctx, `/* insertBlock */ INSERT INTO support_blocks (_id, account_id, kind, value, created_by, created_at)
		VALUES (?, ?, ?, ?, ?, ?)`, b.ID, accountID, b.Kind, b.Value, b.CreatedBy, b.CreatedAt)
	return err
}

// moveBlock lets a block of one contact hold for the one that takes its place.
func moveBlock(ctx context.Context, tx *db.Tx, accountID, from, to string) error {
	if _, err := tx.Exec(ctx, `/* moveBlock */ UPDATE support_blocks SET value = ? WHERE account_id = ? AND kind = 'contact' AND value = ?
		AND NOT EXISTS (SELECT 1 FROM support_blocks o WHERE o.account_id = ? AND o.kind = 'contact' AND o.value = ?)`,
		to, accountID, from, accountID, to); err != nil {
		return err
	}
	return deleteBlockOf(ctx, tx, accountID, from)
}

// deleteBlockOf ends the block of a contact that is gone.
func deleteBlockOf(ctx context.Context, tx *db.Tx, accountID, contactID string) error {
	_, err := tx.Exec(ctx, `/* deleteBlockOf */ DELETE FROM support_blocks WHERE account_id = ? AND kind = 'contact' AND value = ?`, accountID, contactID)
	return err
}
