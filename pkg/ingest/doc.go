// Package ingest keeps what is known of originals true to what lies in their bucket:
// what pages want to know of one before they show it is learnt when it arrives, what is
// no picture is put away, thumbnails of what was deleted or overwritten are forgotten.
//
// It goes by what is in the bucket now, not by what an event says has happened:
// events come at least once and in any order, and each one only says that an
// original is worth a look. Their sequencer tells which look is the later one.
package ingest
