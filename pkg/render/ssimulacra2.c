// SSIMULACRA2 2.1, the perceptual metric of the JPEG XL project: how much two pictures
// look alike, from 100 (the same) down; 70 is high quality, 50 medium. Definition and
// figures: libjxl 0.11, tools/ssimulacra2.cc. It differs from that program by a blur
// that is computed, not by recursion.
#include "ssimulacra2.h"

#include <math.h>
#include <string.h>

#include "fast.h"
#include "srgb.h"

enum {
	SCALES = 6,		// from 1:1 to 1:32
	LEAST_SIDE = 8, // of a scale that counts
	RADIUS = 5,		// of the blur, in pixels
};

static const double sigma = 1.5; // of the blur, in pixels

// --- planes ------------------------------------------------------------------------

static float *
new_plane(int width, int height)
{
	return g_new(float, (gsize) width * height);
}

// blur by a Gaussian; what lies outside the picture is black.
FAST static void
blur(const float *restrict in, int width, int height, const float *restrict kernel, float *restrict row, float *restrict out)
{
	for (int y = 0; y < height; y++) {
		memset(row, 0, sizeof(float) * (gsize) (width + 2 * RADIUS));
		float *restrict sum = row + RADIUS;
		for (int k = -RADIUS; k <= RADIUS; k++) {
			if (y + k < 0 || y + k >= height)
				continue;
			const float *restrict line = in + (gsize) (y + k) * width;
			float w = kernel[k + RADIUS];
			for (int x = 0; x < width; x++)
				sum[x] += w * line[x];
		}
		float *restrict to = out + (gsize) y * width;
		for (int x = 0; x < width; x++)
			to[x] = kernel[0] * row[x];
		for (int k = 1; k <= 2 * RADIUS; k++) {
			const float *restrict from = row + k;
			float w = kernel[k];
			for (int x = 0; x < width; x++)
				to[x] += w * from[x];
		}
	}
}

static void
make_kernel(float kernel[2 * RADIUS + 1])
{
	double sum = 0;
	for (int k = -RADIUS; k <= RADIUS; k++)
		sum += exp(-k * k / (2 * sigma * sigma));
	for (int k = -RADIUS; k <= RADIUS; k++)
		kernel[k + RADIUS] = (float) (exp(-k * k / (2 * sigma * sigma)) / sum);
}

// cube_root of a positive number, within 2 parts of a million.
static inline float
cube_root(float v)
{
	union { float f; guint32 i; } y = { v };
	y.i = y.i / 3 + 709921077;
	for (int i = 0; i < 2; i++)
		y.f = (2 * y.f + v / (y.f * y.f)) * (1 / 3.0f);
	return y.f;
}

// to_xyb turns linear light into XYB, moved to 0 to 1 or so.
FAST static void
to_xyb(float *const rgb[3], gsize n, float *const xyb[3])
{
	const float bias = 0.0037930732552754493f;
	const float root = 0.15595420054f; // of the bias
	const float *restrict r = rgb[0], *restrict g = rgb[1], *restrict b = rgb[2];
	float *restrict to_x = xyb[0], *restrict to_y = xyb[1], *restrict to_b = xyb[2];
	for (gsize i = 0; i < n; i++) {
		float l = cube_root(0.30f * r[i] + 0.622f * g[i] + 0.078f * b[i] + bias) - root;
		float m = cube_root(0.23f * r[i] + 0.692f * g[i] + 0.078f * b[i] + bias) - root;
		float s = cube_root(0.24342268924547819f * r[i] + 0.20476744424496821f * g[i] + 0.55180986650955360f * b[i] + bias) - root;
		float y = (l + m) * 0.5f;
		to_x[i] = (l - m) * 0.5f * 14 + 0.42f;
		to_y[i] = y + 0.01f;
		to_b[i] = s - y + 0.55f;
	}
}

static void
halve(const float *in, int width, int height, float *out)
{
	int to_width = (width + 1) / 2, to_height = (height + 1) / 2;
	for (int y = 0; y < to_height; y++) {
		const float *above = in + (gsize) (2 * y) * width;
		const float *below = in + (gsize) MIN(2 * y + 1, height - 1) * width;
		for (int x = 0; x < to_width; x++) {
			int left = 2 * x, right = MIN(2 * x + 1, width - 1);
			out[(gsize) y * to_width + x] = (above[left] + above[right] + below[left] + below[right]) * 0.25f;
		}
	}
}

// --- a picture at all scales -------------------------------------------------------

typedef struct {
	int width, height;
	float *xyb[3];
	float *mean[3];	   // blurred
	float *squares[3]; // blurred
} scale;

struct _tf_look {
	int scales;
	scale at[SCALES];
	float kernel[2 * RADIUS + 1];
};

static void
blur_scale(tf_look *look, scale *s, float *row, float *product)
{
	gsize n = (gsize) s->width * s->height;
	for (int c = 0; c < 3; c++) {
		s->mean[c] = new_plane(s->width, s->height);
		s->squares[c] = new_plane(s->width, s->height);
		blur(s->xyb[c], s->width, s->height, look->kernel, row, s->mean[c]);
		for (gsize i = 0; i < n; i++)
			product[i] = s->xyb[c][i] * s->xyb[c][i];
		blur(product, s->width, s->height, look->kernel, row, s->squares[c]);
	}
}

tf_look *
tf_look_new(const guint8 *pixels, int width, int height)
{
	float levels[256];
	for (int i = 0; i < 256; i++)
		levels[i] = tf_srgb_decode((float) i / 255);
	tf_look *look = g_new0(tf_look, 1);
	make_kernel(look->kernel);
	float *light[3];
	gsize n = (gsize) width * height;
	for (int c = 0; c < 3; c++) {
		light[c] = new_plane(width, height);
		for (gsize i = 0; i < n; i++)
			light[c][i] = levels[pixels[3 * i + c]];
	}
	float *row = g_new(float, width + 2 * RADIUS);
	float *product = new_plane(width, height);
	while (look->scales < SCALES && width >= LEAST_SIDE && height >= LEAST_SIDE) {
		scale *s = &look->at[look->scales++];
		s->width = width;
		s->height = height;
		for (int c = 0; c < 3; c++)
			s->xyb[c] = new_plane(width, height);
		to_xyb(light, (gsize) width * height, s->xyb);
		blur_scale(look, s, row, product);
		for (int c = 0; c < 3; c++) {
			halve(light[c], width, height, product);
			int smaller = ((width + 1) / 2) * ((height + 1) / 2);
			memcpy(light[c], product, sizeof(float) * (gsize) smaller);
		}
		width = (width + 1) / 2;
		height = (height + 1) / 2;
	}
	for (int c = 0; c < 3; c++)
		g_free(light[c]);
	g_free(row);
	g_free(product);
	return look;
}

void
tf_look_free(tf_look *look)
{
	for (int i = 0; i < look->scales; i++)
		for (int c = 0; c < 3; c++) {
			g_free(look->at[i].xyb[c]);
			g_free(look->at[i].mean[c]);
			g_free(look->at[i].squares[c]);
		}
	g_free(look);
}

// --- the score ---------------------------------------------------------------------

// norms of a map of errors: the mean, and the fourth root of the mean fourth power.
typedef struct {
	double mean, high;
} norms;

static norms
norms_of(double sum, double sum4, gsize n)
{
	return (norms) { sum / (double) n, sqrt(sqrt(sum4 / (double) n)) };
}

// Errors of one channel at one scale: structure that differs, edges that came (ringing,
// blocks), edges that went (blur).
typedef struct {
	norms structure, came, went;
} errors;

#define LANES 8 // sums that are kept apart, so that the compiler may use vectors

FAST static errors
compare(const scale *a, const scale *b, int c, const float *restrict product)
{
	const float c2 = 0.0009f;
	gsize n = (gsize) a->width * a->height;
	const float *restrict m1 = a->mean[c], *restrict m2 = b->mean[c];
	const float *restrict s1 = a->squares[c], *restrict s2 = b->squares[c];
	const float *restrict v1 = a->xyb[c], *restrict v2 = b->xyb[c];
	double sums[6] = { 0 };
	for (gsize from = 0; from < n; from += 4096) {
		gsize to = MIN(n, from + 4096); // of floats no more than so many are added up
		float part[6][LANES] = { 0 };
		for (gsize i = from; i < to; i++) {
			gsize lane = i % LANES;
			float dm = m1[i] - m2[i];
			float covariance = 2 * (product[i] - m1[i] * m2[i]) + c2;
			float variances = (s1[i] - m1[i] * m1[i]) + (s2[i] - m2[i] * m2[i]) + c2;
			float d = 1 - (1 - dm * dm) * covariance / variances;
			d = d > 0 ? d : 0;
			float edge = (1 + fabsf(v2[i] - m2[i])) / (1 + fabsf(v1[i] - m1[i])) - 1;
			float came = edge > 0 ? edge : 0, went = edge < 0 ? -edge : 0;
			part[0][lane] += d;
			part[1][lane] += d * d * d * d;
			part[2][lane] += came;
			part[3][lane] += came * came * came * came;
			part[4][lane] += went;
			part[5][lane] += went * went * went * went;
		}
		for (int k = 0; k < 6; k++)
			for (int lane = 0; lane < LANES; lane++)
				sums[k] += part[k][lane];
	}
	return (errors) { norms_of(sums[0], sums[1], n), norms_of(sums[2], sums[3], n), norms_of(sums[4], sums[5], n) };
}

// Weights by channel (X, Y, B), scale, norm, and kind of error in the order of errors.
static const double weights[3][SCALES][2][3] = {
	{
		{ { 0, 0.0007376606707406586, 0 }, { 0, 0.0007793481682867309, 0 } },
		{ { 0, 0.0004371155730107379, 0 }, { 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752 } },
		{ { 0, 0.0016406437456599754, 0 }, { 1.8422455520539298, 11.441172603757666, 0 } },
		{ { 0.0007989109436015163, 0.000176816438078653, 0 }, { 1.8787594979546387, 10.94906990605142, 0 } },
		{ { 0.0007289346991508072, 0.9677937080626833, 0 }, { 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053 } },
		{ { 0.0004550992113792063, 0, 0 }, { 0.0013648766163243398, 0, 0 } },
	},
	{
		{ { 0, 0, 0 }, { 7.466890328078848, 0, 17.445833984131262 } },
		{ { 0.0006235601634041466, 0, 0 }, { 6.683678146179332, 0.00037724407979611296, 1.027889937768264 } },
		{ { 225.20515300849274, 0, 0 }, { 19.213238186143016, 0.0011401524586618361, 0.001237755635509985 } },
		{ { 176.39317598450694, 0, 0 }, { 24.43300999870476, 0.28520802612117757, 0.0004485436923833408 } },
		{ { 0, 0, 0 }, { 34.77906344483772, 44.835625328877896, 0 } },
		{ { 0, 0, 0 }, { 0, 0, 0 } },
	},
	{
		{ { 0, 0.0008680556573291698, 0 }, { 0, 0, 0 } },
		{ { 0, 0.0005313191874358747, 0 }, { 0.00016533814161379112, 0, 0 } },
		{ { 0, 0, 0 }, { 0.0004179171803251336, 0.0017290828234722833, 0 } },
		{ { 0.0020827005846636437, 0, 0 }, { 8.826982764996862, 23.19243343998926, 0 } },
		{ { 95.1080498811086, 0.9863978034400682, 0.9834382792465353 }, { 0.0012286405048278493, 171.2667255897307, 0.9807858872435379 } },
		{ { 0, 0, 0 }, { 0.0005130064588990679, 0, 0.00010854057858411537 } },
	},
};

double
tf_look_score(const tf_look *original, const tf_look *other)
{
	double sum = 0;
	gsize largest = (gsize) original->at[0].width * original->at[0].height;
	float *product = g_new(float, largest), *blurred = g_new(float, largest);
	float *row = g_new(float, original->at[0].width + 2 * RADIUS);
	for (int i = 0; i < original->scales; i++) {
		const scale *a = &original->at[i], *b = &other->at[i];
		gsize n = (gsize) a->width * a->height;
		for (int c = 0; c < 3; c++) {
			for (gsize k = 0; k < n; k++)
				product[k] = a->xyb[c][k] * b->xyb[c][k];
			blur(product, a->width, a->height, original->kernel, row, blurred);
			errors e = compare(a, b, c, blurred);
			const double(*w)[3] = weights[c][i];
			sum += w[0][0] * e.structure.mean + w[0][1] * e.came.mean + w[0][2] * e.went.mean;
			sum += w[1][0] * e.structure.high + w[1][1] * e.came.high + w[1][2] * e.went.high;
		}
	}
	g_free(row);
	g_free(blurred);
	g_free(product);
	sum *= 0.9562382616834844;
	sum = 2.326765642916932 * sum - 0.020884521182843837 * sum * sum + 6.248496625763138e-05 * sum * sum * sum;
	return sum > 0 ? 100 - 10 * pow(sum, 0.6276336467831387) : 100;
}
