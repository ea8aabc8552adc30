/*
 * Numbers that change with the step: their value, bounds and text. one_cycle is that of Smith and
 * Topin, "Super-convergence" (2018), with the constants of PyTorch's OneCycleLR; the cosine is
 * that of Loshchilov and Hutter, "SGDR" (ICLR 2017), without restarts.
 */
#include "base/schedule.h"

#include <string.h>

#include "base/number.h"

/* SLEEF's header declares them only where the compiler targets FMA; the context has seen that this
 * CPU has it. */
double Sleef_finz_cospid1_u05purecfma(double x);
double Sleef_finz_exp2d1_u10purecfma(double x);
double Sleef_finz_log2d1_u10purecfma(double x);

#define CYCLE_START 25.0 /* the peak over the first value */
#define CYCLE_END   1e4  /* the first value over the last */
#define CYCLE_RISE  0.3  /* the share of the steps up to the peak */

static const struct {
    const char *word;
    int32_t shape;
    int32_t numbers; /* before the number of steps */
} shapes[] = {{"linear", GAN__SCHEDULE_LINEAR, 2},
              {"cosine", GAN__SCHEDULE_COSINE, 2},
              {"exponential", GAN__SCHEDULE_EXPONENTIAL, 2},
              {"one_cycle", GAN__SCHEDULE_ONE_CYCLE, 1}};

enum { SHAPE_COUNT = sizeof shapes / sizeof shapes[0] };

/* From a to b by a share between 0 and 1; rounding never leads out of [a, b]. */
static double
mix(double a, double b, double share)
{
    const double low = a < b ? a : b, high = a < b ? b : a;
    const double value = a * (1 - share) + b * share;
    return value < low ? low : value > high ? high : value;
}

/* How much of a half cosine wave has passed. */
static double
half_wave(double share)
{
    return 0.5 * (1 - Sleef_finz_cospid1_u05purecfma(share));
}

static double
cycle_at(double peak, int64_t steps, int64_t step)
{
    const double rise = CYCLE_RISE * (double)steps - 1, end = (double)(steps - 1);
    const double first = peak / CYCLE_START, last = first / CYCLE_END;
    if (step >= steps - 1) {
        return last;
    }
    if ((double)step <= rise) {
        return mix(first, peak, half_wave((double)step / rise));
    }
    return mix(peak, last, half_wave(((double)step - rise) / (end - rise)));
}

/* Without the warm-up; step is 0 or more. */
static double
shape_at(const struct gan__schedule *schedule, int64_t step)
{
    const double from = schedule->from, to = schedule->to;
    if (schedule->shape == GAN__SCHEDULE_CONSTANT) {
        return to;
    }
    if (schedule->shape == GAN__SCHEDULE_ONE_CYCLE) {
        return cycle_at(to, schedule->steps, step);
    }
    if (step >= schedule->steps) {
        return to;
    }
    if (step == 0) {
        return from;
    }
    const double share = (double)step / (double)schedule->steps;
    if (schedule->shape == GAN__SCHEDULE_LINEAR) {
        return mix(from, to, share);
    }
    if (schedule->shape == GAN__SCHEDULE_COSINE) {
        return mix(from, to, half_wave(share));
    }
    const double low = from < to ? from : to, high = from < to ? to : from;
    const double power = Sleef_finz_exp2d1_u10purecfma(
        mix(Sleef_finz_log2d1_u10purecfma(from), Sleef_finz_log2d1_u10purecfma(to), share));
    return power < low ? low : power > high ? high : power;
}

double
gan__schedule_at(const struct gan__schedule *schedule, int64_t step)
{
    step = step < 0 ? 0 : step;
    if (step >= schedule->warmup) {
        return shape_at(schedule, step - schedule->warmup);
    }
    const double first = shape_at(schedule, 0);
    return first * ((double)(step + 1) / (double)schedule->warmup);
}

/* The bounds of what a schedule runs through: its ends, a cycle's peak, and the warm-up's start. */
static double
bound(const struct gan__schedule *schedule, double sign)
{
    const double ends[] = {gan__schedule_at(schedule, 0), shape_at(schedule, 0),
                           shape_at(schedule, INT64_MAX), schedule->to};
    double most = ends[0];
    for (size_t i = 1; i < sizeof ends / sizeof ends[0]; i++) {
        most = sign * ends[i] > sign * most ? ends[i] : most;
    }
    return most;
}

double
gan__schedule_minimum(const struct gan__schedule *schedule)
{
    return bound(schedule, -1);
}

double
gan__schedule_maximum(const struct gan__schedule *schedule)
{
    return bound(schedule, 1);
}

/* A piece of text that is looked at. */
struct piece {
    const char *text;
    size_t length;
};

static struct piece
trim(struct piece piece)
{
    while (piece.length > 0 && piece.text[0] == ' ') {
        piece.text++;
        piece.length--;
    }
    while (piece.length > 0 && piece.text[piece.length - 1] == ' ') {
        piece.length--;
    }
    return piece;
}

/* "<word>(...)" with its arguments in *inside. */
static bool
is_call(struct piece piece, const char *word, struct piece *inside)
{
    const size_t length = strlen(word);
    if (piece.length < length + 2 || memcmp(piece.text, word, length) != 0 ||
        piece.text[length] != '(' || piece.text[piece.length - 1] != ')') {
        return false;
    }
    inside->text = piece.text + length + 1;
    inside->length = piece.length - length - 2;
    return true;
}

/* What stands before the first comma; *rest is what stands after it. false: there is no comma. */
static bool
cut(struct piece *rest, struct piece *argument)
{
    const char *const comma = rest->length == 0 ? NULL : memchr(rest->text, ',', rest->length);
    if (comma == NULL) {
        return false;
    }
    argument->text = rest->text;
    argument->length = (size_t)(comma - rest->text);
    rest->text += argument->length + 1;
    rest->length -= argument->length + 1;
    *argument = trim(*argument);
    return true;
}

static bool
parse_steps(struct piece piece, int64_t *steps)
{
    piece = trim(piece);
    return gan__integer_parse(piece.text, piece.length, steps) && *steps >= 1;
}

/* Without the warm-up. */
static bool
parse_shape(struct piece piece, struct gan__schedule *schedule)
{
    struct piece rest, argument;
    piece = trim(piece);
    if (gan__number_parse(piece.text, piece.length, &schedule->to)) {
        schedule->shape = GAN__SCHEDULE_CONSTANT;
        return true;
    }
    for (int32_t i = 0; i < SHAPE_COUNT; i++) {
        double numbers[2] = {0, 0};
        if (!is_call(piece, shapes[i].word, &rest)) {
            continue;
        }
        for (int32_t k = 0; k < shapes[i].numbers; k++) {
            if (!cut(&rest, &argument) ||
                !gan__number_parse(argument.text, argument.length, &numbers[k])) {
                return false;
            }
        }
        schedule->shape = shapes[i].shape;
        schedule->from = numbers[0];
        schedule->to = numbers[shapes[i].numbers - 1];
        if (shapes[i].numbers == 1) {
            schedule->from = 0;
        }
        return parse_steps(rest, &schedule->steps) &&
               (schedule->shape != GAN__SCHEDULE_EXPONENTIAL ||
                (schedule->from > 0 && schedule->to > 0));
    }
    return false;
}

bool
gan__schedule_parse(const char *text, size_t length, struct gan__schedule *schedule)
{
    struct gan__schedule found = {.shape = GAN__SCHEDULE_CONSTANT};
    struct piece piece = trim((struct piece){text, length}), rest, argument;
    if (is_call(piece, "warmup", &rest)) {
        if (!cut(&rest, &argument) || !parse_steps(argument, &found.warmup)) {
            return false;
        }
        piece = rest;
    }
    if (!parse_shape(piece, &found)) {
        return false;
    }
    *schedule = found;
    return true;
}

void
gan__schedule_print(struct gan__text *out, const struct gan__schedule *schedule)
{
    if (schedule->warmup > 0) {
        gan__text_add(out, "warmup(%lld,", (long long)schedule->warmup);
    }
    if (schedule->shape == GAN__SCHEDULE_CONSTANT) {
        gan__text_add_number(out, schedule->to);
    }
    for (int32_t i = 0; i < SHAPE_COUNT; i++) {
        if (shapes[i].shape != schedule->shape) {
            continue;
        }
        gan__text_add(out, "%s(", shapes[i].word);
        if (shapes[i].numbers == 2) {
            gan__text_add_number(out, schedule->from);
            gan__text_add(out, ",");
        }
        gan__text_add_number(out, schedule->to);
        gan__text_add(out, ",%lld)", (long long)schedule->steps);
    }
    if (schedule->warmup > 0) {
        gan__text_add(out, ")");
    }
}
