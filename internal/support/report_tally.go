package support

import (
	"encoding/binary"
	"maps"
	"math/bits"
	"slices"
)

// metric is one kind of number in a report.
type metric uint32

const (
	mStarted metric = iota
	mAsked
	mReplies
	// From here on numbers are counted by step: durations, and the score of ratings.
	mAnswered
	mAnsweredOpen
	mResolved
	mResolvedOpen
	mRated
	reportMetrics
)

// A day has this many quarters of an hour.
const quarters = 96

// tally counts by quarter of a UTC day, metric and step.
type tally map[uint32]int64

// A key is quarter, metric (4 bits) and step (10 bits).
const (
	stepBits    = 10
	quarterBits = stepBits + 4
)

func tallyKey(quarter int64, m metric, step int) uint32 {
	return uint32(quarter)<<quarterBits | uint32(m)<<stepBits | uint32(step)
}

func splitKey(key uint32) (quarter int, m metric, step int) {
	return int(key >> quarterBits), metric(key >> stepBits & 15), int(key & (1<<stepBits - 1))
}

// exactSeconds is up to where durations are kept to the second; from there on to 1/32 of a power
// of two, which is within 1.6 % when it is read back from the step's middle.
const (
	exactSeconds = 64
	stepsEach    = 5 // as a power of two
	maxStep      = 1<<stepBits - 1
)

// durationStep is the step that a duration counts in.
func durationStep(ms int64) int {
	seconds := uint64(max(ms, 0) / 1000)
	if seconds < exactSeconds {
		return int(seconds)
	}
	octave := bits.Len64(seconds) - 1
	within := int(seconds>>(octave-stepsEach)) - 1<<stepsEach
	return min(exactSeconds+(octave-6)<<stepsEach+within, maxStep)
}

// stepSeconds is the middle of a step.
func stepSeconds(step int) int64 {
	if step < exactSeconds {
		return int64(step)
	}
	octave, within := (step-exactSeconds)>>stepsEach+6, (step-exactSeconds)&(1<<stepsEach-1)
	width := int64(1) << (octave - stepsEach)
	return (1<<stepsEach+int64(within))*width + width/2
}

// add reads what pack has written into the tally.
func (t tally) add(packed []byte) { eachPacked(packed, func(key uint32, n int64) { t[key] += n }) }

// pack writes the counts that are kept, by ascending key: the distance from the one before, and how many.
func (t tally) pack(keep func(metric) bool) []byte {
	out, last := make([]byte, 0, 3*len(t)), uint32(0)
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if _, m, _ := splitKey(key); t[key] == 0 || !keep(m) {
			continue
		}
		out = binary.AppendUvarint(out, uint64(key-last))
		out = binary.AppendVarint(out, t[key])
		last = key
	}
	return out
}

func isCount(m metric) bool  { return m < mAnswered }
func isSpread(m metric) bool { return m >= mAnswered }

// totals are the counts by step of the whole day.
func (t tally) totals() tally {
	sum := tally{}
	for key, n := range t {
		if _, m, step := splitKey(key); isSpread(m) {
			sum[tallyKey(0, m, step)] += n
		}
	}
	return sum
}

func eachPacked(packed []byte, each func(key uint32, n int64)) {
	key := uint32(0)
	for len(packed) > 0 {
		distance, size := binary.Uvarint(packed)
		n, more := binary.Varint(packed[max(size, 0):])
		if size <= 0 || more <= 0 {
			return
		}
		packed, key = packed[size+more:], key+uint32(distance)
		each(key, n)
	}
}

// sums are the numbers of one stretch of time.
type sums struct {
	counts [mAnswered]int64
	steps  [reportMetrics - mAnswered][]int64
}

func (s *sums) add(m metric, step int, n int64) {
	if isCount(m) {
		s.counts[m] += n
		return
	}
	list := &s.steps[m-mAnswered]
	if step >= len(*list) {
		*list = append(*list, make([]int64, step+64-len(*list))...)
	}
	(*list)[step] += n
}

// durations reads the median and the 90th percentile by nearest rank.
func (s *sums) durations(clock, open metric) Durations {
	d := Durations{}
	d.Count, d.Median, d.P90 = percentiles(s.steps[clock-mAnswered])
	_, d.OpenMedian, d.OpenP90 = percentiles(s.steps[open-mAnswered])
	return d
}

func percentiles(steps []int64) (count, median, p90 int64) {
	for _, n := range steps {
		count += n
	}
	at := func(rank int64) int64 {
		for step, n := range steps {
			if rank -= n; rank <= 0 {
				return stepSeconds(step)
			}
		}
		return 0
	}
	return count, at((count + 1) / 2), at((count*9 + 9) / 10)
}

func (s *sums) figures() Figures {
	f := Figures{
		Conversations: s.counts[mStarted], VisitorMessages: s.counts[mAsked], Replies: s.counts[mReplies],
		FirstResponse: s.durations(mAnswered, mAnsweredOpen), Resolution: s.durations(mResolved, mResolvedOpen),
	}
	for score, n := range s.steps[mRated-mAnswered] {
		if score >= 1 && score <= len(f.Ratings) {
			f.Ratings[score-1] = n
		}
	}
	return f
}
