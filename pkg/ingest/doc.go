// Package ingest learns of each original that arrives what pages want to know
// before they show it, keeps away what is no picture, and has the thumbnails
// forgotten of what was deleted or overwritten.
//
// It goes by what is in the bucket now, not by what an event says has happened:
// events come at least once and in any order, and each one only says that an
// original is worth a look. Their sequencer tells which look is the later one.
package ingest
