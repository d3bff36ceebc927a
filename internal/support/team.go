package support

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"deskbell/internal/db"
	"deskbell/internal/fault"
)

// Bounds of an account's teams.
const (
	maxTeams    = 100
	maxTeamName = 60
)

var errTeamStale = fault.New(fault.Conflict, "team_changed", "Somebody has changed this team meanwhile")

var errRoutingStale = fault.New(fault.Conflict, "routing_changed", "Somebody has changed who answers meanwhile")

var errTeamName = fault.New(fault.Conflict, "name_taken", "This name is already taken")

// Team is a group of members that conversations can be given to.
type Team struct {
	ID   string
	Name string
	// AutoAssign gives what comes to the team to whoever of it is next among those online.
	AutoAssign bool
	// Members are users of the account, by name.
	Members   []Member
	CreatedAt int64
	// UpdatedAt tells versions apart.
	UpdatedAt int64
}

// Member is one user of the account as others see them.
type Member struct {
	ID   string
	Name string
	// Online says that they have the inbox open and are not away.
	Online bool
	// Away says that they take no turn and count as not there.
	Away bool
}

// TeamChange is the input of CreateTeam and ChangeTeam; nil fields stay as they are.
type TeamChange struct {
	Name       *string
	AutoAssign *bool
	// MemberIDs replaces all active members; who is disabled stays for when they are back.
	MemberIDs *[]string
	// UpdatedAt is the version that the change is based on; 0 means any.
	UpdatedAt int64
}

// validName checks a name of one line.
func validName(name string, most int) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > most || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fault.Field("name", "name must be one line of 1 to 60 characters")
	}
	return name, nil
}

// Team returns one team of the account. Kinds: NotFound.
func (s *Service) Team(ctx context.Context, a Actor, teamID string) (Team, error) {
	t, err := teamOf(ctx, s.db.Read(), a.AccountID, teamID)
	if err != nil {
		return t, err
	}
	return t, s.fillMembers(ctx, s.db.Read(), a.AccountID, &t)
}

// Teams lists the account's teams by name.
func (s *Service) Teams(ctx context.Context, a Actor) ([]Team, error) {
	list, err := listTeams(ctx, s.db.Read(), a.AccountID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := s.fillMembers(ctx, s.db.Read(), a.AccountID, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (s *Service) fillMembers(ctx context.Context, q db.Querier, accountID string, t *Team) (err error) {
	if t.Members, err = membersOf(ctx, q, accountID, t.ID); err != nil {
		return err
	}
	for i := range t.Members {
		t.Members[i].Online = s.online(accountID, t.Members[i])
	}
	return nil
}

// CreateTeam makes a team. Admins only. Kinds: Forbidden, Invalid, Conflict (name).
func (s *Service) CreateTeam(ctx context.Context, a Actor, in TeamChange) (Team, error) {
	if in.Name == nil {
		in.Name = new(string)
	}
	return s.saveTeam(ctx, a, "", in)
}

// ChangeTeam changes a team. Admins only. Kinds: Forbidden, Invalid, NotFound, Conflict (name, or changed
// meanwhile, unless it is stored as it is to be).
func (s *Service) ChangeTeam(ctx context.Context, a Actor, teamID string, in TeamChange) (Team, error) {
	return s.saveTeam(ctx, a, teamID, in)
}

func (s *Service) saveTeam(ctx context.Context, a Actor, teamID string, in TeamChange) (Team, error) {
	if err := a.mustAdmin(); err != nil {
		return Team{}, err
	}
	var t Team
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		t = Team{ID: s.newID(), CreatedAt: s.millis()}
		action := "team.create"
		if teamID != "" {
			var err error
			if t, err = teamOf(ctx, tx, a.AccountID, teamID); err != nil {
				return err
			}
			action = "team.change"
		} else if n, err := countTeams(ctx, tx, a.AccountID); err != nil || n >= maxTeams {
			return orElse(err, fault.Field("name", "an account may have at most 100 teams"))
		}
		was := t
		if in.Name != nil {
			var err error
			if t.Name, err = validName(*in.Name, maxTeamName); err != nil {
				return err
			}
		}
		if in.AutoAssign != nil {
			t.AutoAssign = *in.AutoAssign
		}
		if taken, err := teamNameTaken(ctx, tx, a.AccountID, t); err != nil || taken {
			return orElse(err, errTeamName)
		}
		if in.UpdatedAt != 0 && in.UpdatedAt != was.UpdatedAt {
			if err := s.fillMembers(ctx, tx, a.AccountID, &t); err != nil {
				return err
			}
			return unlessSame(t.Name == was.Name && t.AutoAssign == was.AutoAssign && t.consistsOf(in.MemberIDs), errTeamStale)
		}
		t.UpdatedAt = max(s.millis(), t.UpdatedAt+1)
		if err := upsertTeam(ctx, tx, a.AccountID, t); err != nil {
			return err
		}
		if in.MemberIDs != nil {
			if err := replaceMembers(ctx, tx, a.AccountID, t.ID, *in.MemberIDs); err != nil {
				return err
			}
		}
		if err := s.audit(ctx, tx, a, action, t.ID, t.Name); err != nil {
			return err
		}
		return s.fillMembers(ctx, tx, a.AccountID, &t)
	})
	return t, err
}

// consistsOf reports whether a team has these members, in any order; nil means whichever it has.
func (t Team) consistsOf(ids *[]string) bool {
	if ids == nil {
		return true
	}
	wanted := map[string]bool{}
	for _, id := range *ids {
		wanted[id] = true
	}
	for _, m := range t.Members {
		if !wanted[m.ID] {
			return false
		}
	}
	return len(wanted) == len(t.Members)
}

// DeleteTeam deletes a team; its conversations stay with those who take care of them. Admins only.
// Kinds: Forbidden, NotFound.
func (s *Service) DeleteTeam(ctx context.Context, a Actor, teamID string) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		t, err := teamOf(ctx, tx, a.AccountID, teamID)
		if err != nil {
			return err
		}
		if err := deleteTeam(ctx, tx, a.AccountID, teamID); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "team.delete", teamID, t.Name)
	})
}

// Routing is how new conversations find somebody.
type Routing struct {
	// AutoAssign gives each conversation that a visitor begins to whoever is next among those online.
	AutoAssign bool
}

// Routing returns how the account's new conversations find somebody.
func (s *Service) Routing(ctx context.Context, a Actor) (Routing, error) {
	return routingOf(ctx, s.db.Read(), a.AccountID)
}

func routingOf(ctx context.Context, q db.Querier, accountID string) (r Routing, err error) {
	err = q.QueryRow(ctx, `/* routing */ SELECT auto_assign FROM accounts WHERE _id = ?`, accountID).Scan(&r.AutoAssign)
	return r, err
}

// SetRouting changes how the account's new conversations find somebody, which must be as it was when
// the change was made up, or as it is to be; nil means anyhow. Admins only. Kinds: Forbidden, Conflict.
func (s *Service) SetRouting(ctx context.Context, a Actor, r Routing, was *Routing) error {
	if err := a.mustAdmin(); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		now, err := routingOf(ctx, tx, a.AccountID)
		if err != nil || now == r {
			return err
		}
		if was != nil && now != *was {
			return errRoutingStale
		}
		if _, err := tx.Exec(ctx, `/* setRouting */ UPDATE accounts SET auto_assign = ? WHERE _id = ?`, r.AutoAssign, a.AccountID); err != nil {
			return err
		}
		return s.audit(ctx, tx, a, "routing.change", a.AccountID, map[bool]string{true: "automatic", false: "by hand"}[r.AutoAssign])
	})
}

// Members lists the account's active members by name.
func (s *Service) Members(ctx context.Context, a Actor) ([]Member, error) {
	list, err := activeMembers(ctx, s.db.Read(), a.AccountID)
	for i := range list {
		list[i].Online = s.online(a.AccountID, list[i])
	}
	return list, err
}
