// Package audit keeps weaknesses from being overlooked: its tests read the code for careless
// comparisons of secrets, the lists of scripts/native for holes, and try scripts/audit.sh.
package audit
