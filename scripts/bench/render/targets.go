package main

// scoreTarget is a row of what is to be reached in score per byte.
type scoreTarget struct {
	work, against work
	equalScore    bool    // at the score of against, by the ladder
	mostBytes     float64 // ratio of ours to against's
	leastScore    float64 // difference
}

var scoreTargets = []scoreTarget{
	{card("12mp.jpg", "jpeg"), card("12mp.jpg", "jpeg"), false, 0.75, 8},
	{card("12mp.jpg", "webp"), card("12mp.jpg", "webp"), false, 0.80, 8},
	{card("12mp.jpg", "avif"), card("12mp.jpg", "jpeg"), true, 0.45, 0},
	{card("small.jpg", "jpeg"), card("small.jpg", "jpeg"), false, 0.85, 0},
	{card("phone.jpg", "webp"), card("phone.jpg", "jpeg"), false, 0.75, 8},
	// sharp cannot read HEIC: its source is the same picture as a JPEG.
	{card("phone.heic", "webp"), card("heic-as.jpg", "jpeg"), false, 0.75, 8},
}

// costTarget is a row of what is to be reached in CPU: against's time over ours.
type costTarget struct {
	work    work
	against string
	fast    float64 // thumbfront-fast, at no lower score than against's
	stretch float64
	usual   float64 // thumbfront-default; 0 is none
	equal   bool    // thumbfront-equal instead of both
}

var costTargets = []costTarget{
	{work: card("12mp.jpg", "jpeg"), against: peer, fast: 1.05, stretch: 1.10, usual: 0.7},
	{work: card("12mp.jpg", "jpeg"), against: "floor", fast: 0.95, usual: 0.5},
	{work: card("phone.jpg", "jpeg"), against: peer, fast: 1.05, stretch: 1.10, usual: 0.7},
	{work: card("phone.jpg", "jpeg"), against: "imaginary", fast: 8, usual: 6},
	{work: card("small.jpg", "jpeg"), against: peer, fast: 1.2, usual: 0.9},
	{work: card("12mp.png", "webp"), against: peer, fast: 1.0},
	{work: card("12mp.webp", "webp"), against: peer, fast: 1.1},
	{work: card("12mp.jpg", "avif"), against: peer, fast: 1.5, equal: true},
	{work: card("phone.heic", "webp"), against: "bimg-debian", fast: 1.4},
}

// Of every work that the pure Go contender can do.
var pureGo = costTarget{against: "imaging", fast: 5, usual: 3}

// mostPeak is our peak memory over sharp's, in every work.
const mostPeak = 0.5
