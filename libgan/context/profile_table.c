/* gan_profile_table(): a profile as text for people. */
#include <gan/profile.h>

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/profile.h"
#include "base/text.h"

/* Rows with less than this share of the time are one line together. */
#define SHARE_MIN 0.001

/* Rows that one line tells of. */
struct line {
    const struct gan__profile_row *first;
    int64_t calls, nanoseconds, by_phase[GAN__PHASE_COUNT];
    double operations, bytes;
};

/* All that a table is made of. */
struct table {
    struct gan__text text;
    const struct gan__profile *profile;
    struct line *lines; /* room for one a row */
    int64_t line_count;
    int64_t total, steps; /* nanoseconds; steps: 1 where there was none */
};

typedef bool (*same_line)(const struct gan__profile_row *a, const struct gan__profile_row *b);

static bool
same_phase(const struct gan__profile_row *a, const struct gan__profile_row *b)
{
    return a->phase == b->phase;
}

static bool
same_layer(const struct gan__profile_row *a, const struct gan__profile_row *b)
{
    return strcmp(a->layer, b->layer) == 0 && strcmp(a->network, b->network) == 0;
}

static bool
same_row(const struct gan__profile_row *a, const struct gan__profile_row *b)
{
    return a == b;
}

static int
slower_first(const void *a, const void *b)
{
    const struct line *one = a, *other = b;
    if (one->nanoseconds != other->nanoseconds) {
        return one->nanoseconds > other->nanoseconds ? -1 : 1;
    }
    return one->first < other->first ? -1 : one->first > other->first;
}

static void
add_row(struct line *line, const struct gan__profile_row *row)
{
    line->calls += row->calls;
    line->nanoseconds += row->nanoseconds;
    line->by_phase[row->phase] += row->nanoseconds;
    line->operations += row->operations;
    line->bytes += row->bytes;
}

static void
make_lines(struct table *table, same_line same)
{
    const struct gan__profile *profile = table->profile;
    table->line_count = 0;
    for (int64_t i = 0; i < profile->row_count; i++) {
        const struct gan__profile_row *row = &profile->rows[i];
        int64_t at = same == same_row ? table->line_count : 0;
        while (at < table->line_count && !same(table->lines[at].first, row)) {
            at++;
        }
        if (at == table->line_count) {
            table->lines[table->line_count++] = (struct line){.first = row};
        }
        add_row(&table->lines[at], row);
    }
    if (table->line_count > 1) {
        qsort(table->lines, (size_t)table->line_count, sizeof *table->lines, slower_first);
    }
}

/* ---- cells: without the locale's decimal point ---- */

static void
add_thousandths(struct table *table, int width, double value)
{
    const long long all = (long long)(value * 1000 + 0.5);
    gan__text_add(&table->text, "%*lld.%03lld", width > 4 ? width - 4 : 0, all / 1000, all % 1000);
}

static void
add_tenths(struct table *table, int width, double value)
{
    const long long all = (long long)(value * 10 + 0.5);
    gan__text_add(&table->text, "%*lld.%lld", width - 2, all / 10, all % 10);
}

static void
add_milliseconds(struct table *table, int64_t nanoseconds)
{
    add_thousandths(table, 11, (double)nanoseconds * 1e-6 / (double)table->steps);
}

/* Thousand millions a second. */
static void
add_rate(struct table *table, double amount, int64_t nanoseconds)
{
    if (amount > 0 && nanoseconds > 0) {
        add_tenths(table, 9, amount / (double)nanoseconds);
    } else {
        gan__text_add(&table->text, "%9s", "-");
    }
}

static void
add_share(struct table *table, const struct line *line)
{
    const double all = table->total > 0 ? (double)table->total : 1;
    add_tenths(table, 6, 100 * (double)line->nanoseconds / all);
    gan__text_add(&table->text, " %%");
    add_milliseconds(table, line->nanoseconds);
}

static void
add_rates(struct table *table, const struct line *line)
{
    add_rate(table, line->operations, line->nanoseconds);
    add_rate(table, line->bytes, line->nanoseconds);
}

static void
add_place(struct table *table, const struct gan__profile_row *row)
{
    const bool both = row->network[0] != '\0' && row->layer[0] != '\0';
    const bool none = row->network[0] == '\0' && row->layer[0] == '\0';
    gan__text_add(&table->text, "%s%s%s\n", row->network, both ? " " : "", none ? "-" : row->layer);
}

/* ---- parts ---- */

static void
add_phases(struct table *table)
{
    make_lines(table, same_phase);
    gan__text_add(&table->text, "\n%8s%11s%9s%9s  %s\n", "share", "ms", "GFLOP/s", "GB/s", "phase");
    for (int64_t i = 0; i < table->line_count; i++) {
        const struct line *line = &table->lines[i];
        add_share(table, line);
        add_rates(table, line);
        gan__text_add(&table->text, "  %s\n", gan__phase_name(line->first->phase));
    }
}

static void
add_layers(struct table *table)
{
    make_lines(table, same_layer);
    gan__text_add(&table->text, "\n%8s%11s%11s%11s%9s%9s  %s\n", "share", "ms", "forward",
                  "backward", "GFLOP/s", "GB/s", "layer");
    for (int64_t i = 0; i < table->line_count; i++) {
        const struct line *line = &table->lines[i];
        add_share(table, line);
        add_milliseconds(table, line->by_phase[GAN__PHASE_FORWARD]);
        add_milliseconds(table, line->by_phase[GAN__PHASE_BACKWARD] +
                                    line->by_phase[GAN__PHASE_SECOND_ORDER]);
        add_rates(table, line);
        gan__text_add(&table->text, "  ");
        add_place(table, line->first);
    }
}

static void
add_row_line(struct table *table, const struct line *line)
{
    add_share(table, line);
    add_tenths(table, 9, (double)line->calls / (double)table->steps);
    add_rates(table, line);
}

static void
add_rows(struct table *table)
{
    struct line rest = {.first = NULL};
    long long rest_count = 0;
    make_lines(table, same_row);
    gan__text_add(&table->text, "\n%8s%11s%9s%9s%9s  %-13s%-26s%s\n", "share", "ms", "calls",
                  "GFLOP/s", "GB/s", "phase", "op", "layer");
    for (int64_t i = 0; i < table->line_count; i++) {
        const struct line *line = &table->lines[i];
        if ((double)line->nanoseconds < SHARE_MIN * (double)table->total) {
            add_row(&rest, line->first);
            rest_count++;
            continue;
        }
        add_row_line(table, line);
        gan__text_add(&table->text, "  %-13s%-26s", gan__phase_name(line->first->phase),
                      line->first->name);
        add_place(table, line->first);
    }
    if (rest_count > 0) {
        add_row_line(table, &rest);
        gan__text_add(&table->text, "  %lld smaller rows\n", rest_count);
    }
}

static void
add_head(struct table *table)
{
    int64_t steps = 0, whole = 0;
    for (int64_t i = 0; i < table->profile->row_count; i++) {
        const struct gan__profile_row *row = &table->profile->rows[i];
        const bool step =
            row->phase == GAN__PHASE_OTHER && strcmp(row->name, GAN__PROFILE_STEP) == 0;
        table->total += row->nanoseconds;
        steps += step ? row->calls : 0;
        whole += step ? row->whole : 0;
    }
    table->steps = steps > 0 ? steps : 1;
    if (steps > 0) {
        gan__text_add(&table->text, "%lld step%s of ", (long long)steps, steps == 1 ? "" : "s");
        add_thousandths(table, 0, (double)whole * 1e-6 / (double)table->steps);
        gan__text_add(&table->text,
                      " ms; all below is what one took, with what was done beside steps: ");
    } else {
        gan__text_add(&table->text, "no whole step; in all: ");
    }
    add_thousandths(table, 0, (double)table->total * 1e-6 / (double)table->steps);
    gan__text_add(&table->text, " ms\n");
}

gan_status
gan_profile_table(gan_context *context, char *buffer, size_t size, size_t *needed)
{
    struct table table = {.total = 0};
    struct gan__call call;
    if (needed != NULL) {
        *needed = 0;
    }
    gan_status st = gan__enter(&call, context, GAN__GROUP_TENSOR);
    if (st != GAN_OK) {
        return st;
    }
    gan__text_init(&table.text, context);
    GAN__TRY(gan__profile_get(context, &table.profile));
    table.lines = gan__alloc_array(context, table.profile->row_count, sizeof *table.lines);
    if (table.lines == NULL) {
        st = GAN_E_NOMEM;
        goto fail;
    }
    add_head(&table);
    add_phases(&table);
    add_layers(&table);
    add_rows(&table);
    st = gan__text_give(&table.text, buffer, size, needed);

fail:
    gan__text_free(&table.text);
    gan__free(context, table.lines);
    return gan__leave(&call, st);
}
