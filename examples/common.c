/* What the examples share: see common.h. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

enum { ROWS_MAX = 64, HELP_WIDTH = 96, HELP_INDENT = 26 };

gan_context *context;
static const char *program_name = "example";

/* The rows of the program's table, those of further tables in their places. */
static const struct option *rows[ROWS_MAX];
static int row_count, row_given[ROWS_MAX], row_loaded[ROWS_MAX];

static FILE *line_open; /* where a line of progress has not ended */

/* Failing. */

void
die(const char *what, const char *why)
{
    progress_end();
    fflush(stdout); /* what was said before it stands before it */
    fprintf(stderr, "%s: %s: %s\n", program_name, what, why);
    exit(EXIT_FAILURE);
}

void
check(gan_status status)
{
    if (status != GAN_OK) {
        die(gan_status_name(status), gan_context_error(context));
    }
}

void *
room(int64_t count, size_t size)
{
    void *memory = calloc(count > 0 ? (size_t)count : 1, size);
    if (memory == NULL) {
        die("memory", "there is not enough");
    }
    return memory;
}

/* Options. */

static void
collect_rows(const struct option *table)
{
    for (; table->name != NULL || table->more != NULL; table++) {
        if (table->more != NULL) {
            collect_rows(table->more);
        } else if (row_count < ROWS_MAX) {
            rows[row_count++] = table;
        }
    }
}

/* The number of the row of that name; names are whole. */
static int
find_row(const char *name, size_t length)
{
    for (int i = 0; i < row_count; i++) {
        if (length > 0 && strlen(rows[i]->name) == length &&
            memcmp(rows[i]->name, name, length) == 0) {
            return i;
        }
    }
    return -1;
}

static int
is_choice(const char *choices, const char *value)
{
    const size_t length = strlen(value);
    for (const char *c = choices; c != NULL; c = strchr(c, '|')) {
        c += *c == '|';
        if (strncmp(c, value, length) == 0 && (c[length] == '|' || c[length] == '\0')) {
            return 1;
        }
    }
    return 0;
}

static void
refuse_value(const struct option *row, const char *value)
{
    char text[PATH_SIZE], most[64] = "";
    if (row->maximum > 0) {
        snprintf(most, sizeof most, " to %.15g", row->maximum);
    }
    if (row->text != NULL) {
        snprintf(text, sizeof text, "wanted %s, not \"%s\"", row->choices, value);
    } else {
        snprintf(text, sizeof text, "wanted a %snumber, %.15g%s, not \"%s\"",
                 row->number != NULL ? "whole " : "", row->minimum, *most ? most : " or more",
                 value);
    }
    die(row->name, text);
}

static void
set_value(const struct option *row, const char *value)
{
    char *end;
    errno = 0;
    if (row->flag != NULL) {
        *row->flag = 1;
    } else if (row->text != NULL) {
        if (row->choices != NULL && !is_choice(row->choices, value)) {
            refuse_value(row, value);
        }
        *row->text = value;
    } else {
        const double real = row->real != NULL ? strtod(value, &end) : 0;
        const int64_t number = row->number != NULL ? strtoll(value, &end, 10) : 0;
        const double either = row->real != NULL ? real : (double)number;
        if (errno != 0 || end == value || *end != '\0' || !(either >= row->minimum) ||
            (row->maximum > 0 && !(either <= row->maximum))) {
            refuse_value(row, value);
        }
        if (row->real != NULL) {
            *row->real = real;
        } else {
            *row->number = number;
        }
    }
}

/* The value as it would be typed; NULL if there is none. */
static const char *
get_value(const struct option *row, char text[64])
{
    if (row->text != NULL) {
        return *row->text;
    }
    if (row->flag != NULL) {
        return *row->flag ? "" : NULL;
    }
    if (row->number != NULL) {
        snprintf(text, 64, "%" PRId64, *row->number);
    } else {
        snprintf(text, 64, "%.15g", *row->real);
    }
    return text;
}

/* Words in lines of HELP_WIDTH, each after the first indented. */
static void
print_wrapped(const char *text, int column)
{
    while (*text != '\0') {
        const int length = (int)strcspn(text, " \n");
        if (column > HELP_INDENT && column + 1 + length > HELP_WIDTH) {
            printf("\n%*s", HELP_INDENT, "");
            column = HELP_INDENT;
        } else if (column > HELP_INDENT) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        text += *text != '\0';
    }
    putchar('\n');
}

static void
print_row(const struct option *row)
{
    char help[PATH_SIZE], text[64];
    if (*row->name == '\0') {
        printf("\n%s\n", row->help);
        return;
    }
    const char *value = row->flag != NULL ? NULL : get_value(row, text);
    int column = printf("  %s", row->name);
    if (row->flag == NULL) {
        column += printf(" %s", row->placeholder != NULL ? row->placeholder : row->choices);
    }
    if (column > HELP_INDENT - 2) {
        putchar('\n');
        column = 0;
    }
    printf("%*s", HELP_INDENT - column, "");
    snprintf(help, sizeof help, value != NULL ? "%s (default %s)" : "%s", row->help, value);
    print_wrapped(help, HELP_INDENT);
}

static void
print_help(const struct program *program)
{
    printf("Usage: %s %s\n%s\n\n", program->name, program->usage, program->about);
    for (int i = 0; i < row_count; i++) {
        print_row(rows[i]);
    }
    printf("\n  %-*sthis text\n", HELP_INDENT - 2, "--help");
    if (program->notes != NULL) {
        printf("\n%s", program->notes);
    }
    exit(EXIT_SUCCESS);
}

void
save_options(const char *path)
{
    static char text[TEXT_SIZE];
    char number[64];

    text[0] = '\0';
    for (int i = 0; i < row_count; i++) {
        const char *value = *rows[i]->name != '\0' && rows[i]->resumed != NOT_KEPT
                                ? get_value(rows[i], number)
                                : NULL;
        if (value != NULL) {
            add(text, rows[i]->flag != NULL ? "%s" : "%s=", rows[i]->name);
            for (; *value != '\0'; value++) {
                add(text, *value == '\n' ? "\\n" : *value == '\\' ? "\\\\" : "%c", *value);
            }
            add(text, "\n");
        }
    }
    write_file(path, text);
}

/* A line of save_options() as if typed before all others; what was typed must not contradict. */
static void
load_option(char *line)
{
    char number[64], text[PATH_SIZE];
    const size_t length = strcspn(line, "=");
    const int i = find_row(line, length);
    char *value = line + length, *to = value;

    if (i < 0) {
        return; /* another version's */
    }
    for (const char *from = value + (*value == '='); *from != '\0'; from++) {
        const int escaped = *from == '\\' && from[1] != '\0';
        from += escaped;
        *to++ = escaped && *from == 'n' ? '\n' : *from;
    }
    *to = '\0';
    row_loaded[i] = 1;
    if (!row_given[i]) {
        set_value(rows[i], value);
        return;
    }
    const char *given = get_value(rows[i], number);
    if (rows[i]->resumed == SAME && given != NULL && strcmp(given, value) != 0) {
        snprintf(text, sizeof text, "the training was begun with \"%s\"; --restart begins anew",
                 value);
        die(rows[i]->name, text);
    }
}

void
load_options(const char *path)
{
    static char text[TEXT_SIZE]; /* settings point into it */

    read_text(text, path);
    for (char *line = text, *next; *line != '\0'; line = next) {
        next = line + strcspn(line, "\n");
        if (*next != '\0') {
            *next++ = '\0';
        }
        load_option(line);
    }
    for (int i = 0; i < row_count; i++) {
        if (row_given[i] && !row_loaded[i] && rows[i]->resumed == SAME) {
            die(rows[i]->name, "the training was begun without it; --restart begins anew");
        }
    }
}

int
read_options(int argc, char **argv, const struct program *program)
{
    int arguments = 0;

    program_name = program->name;
    collect_rows(program->options);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help(program);
        }
    }
    for (int i = 1; i < argc; i++) {
        const size_t length = strcspn(argv[i], "=");
        const int row = find_row(argv[i], length);
        if (argv[i][0] != '-' && arguments < program->arguments_maximum) {
            argv[++arguments] = argv[i];
            continue;
        }
        if (row < 0) {
            die(argv[i],
                argv[i][0] == '-' ? "no such option; try --help" : "not expected here; try --help");
        }
        const char *value = argv[i][length] == '=' ? argv[i] + length + 1 : NULL;
        if (rows[row]->flag != NULL && value != NULL) {
            die(rows[row]->name, "takes no value");
        }
        if (rows[row]->flag == NULL && value == NULL && i + 1 < argc &&
            strncmp(argv[i + 1], "--", 2) != 0) {
            value = argv[++i];
        }
        if (rows[row]->flag == NULL && (value == NULL || *value == '\0')) {
            die(rows[row]->name, "needs a value; try --help");
        }
        set_value(rows[row], value);
        row_given[row] = 1;
    }
    return arguments;
}

int
was_given(const char *name)
{
    const int row = find_row(name, strlen(name));
    return row >= 0 && row_given[row];
}

/* "step 50: d_won: ...": show_alarm() has it. */
static int
is_alarm(const char *message)
{
    static const char *const names[] = {"never_diverse", "lost_diversity", "d_won", "non_finite"};
    char name[32] = "";

    (void)sscanf(message, "step %*[0-9]: %31[a-z_]:", name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return 1;
        }
    }
    return 0;
}

static void
warn(void *user, int32_t level, const char *message)
{
    (void)user;
    if (level >= GAN_LOG_WARNING && !is_alarm(message)) {
        progress_end();
        fprintf(stderr, "%s: warning: %s\n", program_name, message);
    }
}

void
open_context(int64_t threads, int64_t seed)
{
    const gan_host host = {.struct_size = sizeof host, .log = warn};
    char options[128];
    snprintf(options, sizeof options, "threads=%" PRId64 " seed=%" PRId64, threads, seed);
    check(gan_context_create(&context, options, &host));
}

/* Texts. */

void
add(char text[TEXT_SIZE], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    const int more = vsnprintf(text + length, TEXT_SIZE - length, format, arguments);
    va_end(arguments);
    if (more < 0 || (size_t)more >= TEXT_SIZE - length) {
        die("options", "too long");
    }
}

void
add_option(char text[TEXT_SIZE], const char *key, const char *value)
{
    if (value == NULL) {
        return;
    }
    add(text, " %s=\"", key);
    for (; *value != '\0'; value++) {
        add(text, *value == '"' || *value == '\\' ? "\\%c" : "%c", *value);
    }
    add(text, "\"");
}

void
read_text(char text[TEXT_SIZE], const char *path)
{
    FILE *file = fopen(path, "r");
    const size_t length = file == NULL ? 0 : fread(text, 1, TEXT_SIZE - 1, file);
    if (file == NULL || ferror(file) || length == TEXT_SIZE - 1) {
        die(path, file == NULL || ferror(file) ? strerror(errno) : "too long");
    }
    text[length] = '\0';
    fclose(file);
}

int
is(const char *text, const char *word)
{
    const size_t length = strlen(word);
    return text != NULL && strncmp(text, word, length) == 0 &&
           (text[length] == '\0' || text[length] == ' ');
}

/* "kind options", one of a list. */
static int
make_measure(gan_metric **measure, char *text)
{
    text += strspn(text, " \t\r\n");
    char *more = text + strcspn(text, " \t\r\n");
    if (*text == '\0') {
        return 0;
    }
    if (*more != '\0') {
        *more++ = '\0';
    }
    check(gan_metric_create(context, measure, text, more));
    return 1;
}

int
make_measures(gan_metric *measures[MEASURES_MAX], const char *text, const char *what)
{
    static char copy[TEXT_SIZE];
    int count = 0;

    copy[0] = '\0';
    add(copy, "%s", text);
    for (char *part = copy, *next; part != NULL; part = next) {
        next = strchr(part, ';');
        if (next != NULL) {
            *next++ = '\0';
        }
        if (count == MEASURES_MAX) {
            die(what, "too many");
        }
        count += make_measure(&measures[count], part);
    }
    if (count == 0) {
        die(what, "none is named");
    }
    return count;
}

gan_judge *
open_judge(const char *path, const char *options)
{
    gan_judge *judge;

    if (!is_file(path) && strstr(path, "inception") != NULL) {
        die(path, "not there; scripts/fetch-inception.sh loads Inception's weights and makes it");
    }
    check(gan_judge_load(context, &judge, path, options));
    return judge;
}

/* Files. */

int
is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

int
is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

int
ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

void
make_folder(const char *path)
{
    char part[PATH_SIZE] = "";
    for (size_t i = 0; path[i] != '\0' && i < sizeof part - 100; i++) {
        part[i] = path[i];
        if ((path[i + 1] == '/' || path[i + 1] == '\0') && mkdir(part, 0777) != 0 &&
            errno != EEXIST) {
            die(part, strerror(errno));
        }
    }
    snprintf(part, sizeof part, "%s/.", path); /* only a folder has it */
    if (access(part, W_OK | X_OK) != 0) {
        die(path, strerror(errno));
    }
}

void
write_file(const char *path, const char *text)
{
    char part[PATH_SIZE];
    snprintf(part, sizeof part, "%s.part", path);
    FILE *file = fopen(part, "w");
    if (file == NULL || fputs(text, file) == EOF || fflush(file) != 0 || fsync(fileno(file)) != 0 ||
        fclose(file) != 0 || rename(part, path) != 0) {
        die(path, strerror(errno));
    }
}

void
save_samples(gan_layer *generator, const char *path, int64_t count, const char *options,
             const char *image_options)
{
    int64_t shape[GAN_RANK_MAX];
    int32_t rank;

    check(gan_layer_output_shape(generator, shape, GAN_RANK_MAX, &rank));
    if (rank != 3) {
        die("the network", "it makes no pictures");
    }
    float *pixels = room(count, (size_t)(shape[0] * shape[1] * shape[2]) * sizeof *pixels);
    check(gan_layer_generate(generator, pixels, count, options));
    check(
        gan_image_save(context, path, pixels, count, shape[0], shape[1], shape[2], image_options));
    free(pixels);
}

/* The line of progress. */

double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void
progress_begin(struct progress *progress, int64_t first, int64_t last, int64_t lines)
{
    *progress = (struct progress){.what = "step", .first = first, .last = last, .lines = lines};
    progress->to = stdout;
    progress->terminal = isatty(STDOUT_FILENO);
    if (!progress->terminal && lines == 0 && isatty(STDERR_FILENO)) {
        progress->to = stderr;
        progress->terminal = 1;
    }
    progress->start = now();
}

int
progress_due(const struct progress *progress, int64_t step)
{
    if (progress->terminal) {
        return step == progress->last || now() - progress->latest > 0.1;
    }
    const int64_t steps = progress->last > 0 ? progress->last : 1;
    return progress->lines > 0 &&
           step * progress->lines / steps > (step - 1) * progress->lines / steps;
}

void
progress_show(struct progress *progress, int64_t step, const char *format, ...)
{
    va_list arguments;
    if (!progress_due(progress, step)) {
        return;
    }
    progress->latest = now();
    /* A terminal too narrow cuts the line in place of wrapping it. */
    fprintf(progress->to, "%s%s %" PRId64 "/%" PRId64 "  ", progress->terminal ? "\r\033[?7l" : "",
            progress->what, step, progress->last);
    if (step > progress->first + 1) {
        fprintf(progress->to, "%.0f s left  ",
                (progress->latest - progress->start) / (double)(step - progress->first) *
                    (double)(progress->last - step));
    }
    va_start(arguments, format);
    vfprintf(progress->to, format, arguments);
    va_end(arguments);
    fprintf(progress->to, "%s", progress->terminal ? "\033[K\033[?7h" : "\n");
    line_open = progress->terminal ? progress->to : NULL;
    fflush(progress->to);
}

void
progress_clear(void)
{
    if (line_open != NULL) {
        fprintf(line_open, "\r\033[K");
        fflush(line_open);
        line_open = NULL;
    }
}

void
progress_end(void)
{
    if (line_open != NULL) {
        fprintf(line_open, "\n");
        fflush(line_open);
        line_open = NULL;
    }
}
