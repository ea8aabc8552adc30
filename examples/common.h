/*
 * What the examples share, so that each shows libgan and little else: options, texts, files, one line
 * of progress, and what a program does when something fails. Copy it, change it.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include <gan/gan.h>

#ifndef EXAMPLE_DATA
#define EXAMPLE_DATA "examples/data"
#endif

enum { PATH_SIZE = 4096, TEXT_SIZE = 65536 };

/* Failing. Programs may die, libraries may not. */

extern gan_context *context; /* the program's only one */

void die(const char *what, const char *why);
/* Die with libgan's sentence if the call failed. */
void check(gan_status status);
/* calloc() that dies. */
void *room(int64_t count, size_t size);

/* Options. */

/* What may be done with an option when a training is resumed (save_options()). */
enum { SAME = 0, CHANGEABLE, NOT_KEPT };

/* A row of a program's table, which ends with {.name = NULL}. */
struct option {
    const char *name;        /* "--steps"; "" for a heading in the help */
    const char *placeholder; /* what stands for the value in the help: "N" */
    const char *help;
    const char **text; /* one of these four takes the value, and has the default before */
    int64_t *number;
    double *real;
    int *flag;
    double minimum, maximum;   /* of a number; maximum 0: none */
    const char *choices;       /* of a text: "ring|grid" */
    const struct option *more; /* in place of all that: another table whose rows stand here */
    int resumed;               /* SAME, CHANGEABLE or NOT_KEPT */
};

struct program {
    const char *name;
    const char *usage; /* after the name: "[options]" */
    const char *about, *notes;
    const struct option *options;
    int arguments_maximum; /* words that are no options */
};

/*
 * Read "--name value" and "--name=value", or print the help and exit. Returns how many words are no
 * options; they become argv[1] and on.
 */
int read_options(int argc, char **argv, const struct program *program);
/* Whether an option was typed. */
int was_given(const char *name);
/*
 * Write all options to a file, one a line, and read them again: as if typed before what was typed,
 * which must not contradict where an option is SAME.
 */
void save_options(const char *path);
void load_options(const char *path);
/* Make the context. What libgan warns of goes to stderr. */
void open_context(int64_t threads, int64_t seed);

/* Texts that libgan takes as options. */

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
void
add(char text[TEXT_SIZE], const char *format, ...);
/* Append key="value", quoted, if there is a value. */
void add_option(char text[TEXT_SIZE], const char *key, const char *value);
void read_text(char text[TEXT_SIZE], const char *path);
/* Whether the text is this word, or begins with it and a blank. */
int is(const char *text, const char *word);

/*
 * Make the measures of a text that has them as "kind options; kind options"; returns how many. `what`
 * is the option that is blamed for a bad one.
 */
enum { MEASURES_MAX = 16 };
int make_measures(gan_metric *measures[MEASURES_MAX], const char *text, const char *what);
/* Load a judge's file; dies with a hint where Inception's is not there. */
gan_judge *open_judge(const char *path, const char *options);

/* Files. */

int is_file(const char *path);
int is_folder(const char *path);
int ends_with(const char *text, const char *end);
/* Make a folder and those above it. */
void make_folder(const char *path);
/* Whole or not there: written under another name, then renamed. */
void write_file(const char *path, const char *text);

/*
 * Draw pictures from a generator (the context's seed is the default) and write them as
 * gan_image_save() does; both options may be NULL.
 */
void save_samples(gan_layer *generator, const char *path, int64_t count, const char *options,
                  const char *image_options);

/* The one line of progress. */

double now(void);

/*
 * On a terminal it changes ten times a second. The terminal is stdout's or, where no lines are
 * written elsewhere, stderr's: results that go to a file have their progress, too.
 */
struct progress {
    const char *what;    /* "step"; another word may be set once it has begun */
    int64_t first, last; /* the steps that it goes from and to */
    int64_t lines;       /* how many there are elsewhere */
    int terminal;
    FILE *to;
    double start, latest;
};

void progress_begin(struct progress *progress, int64_t first, int64_t last, int64_t lines);
/* Whether there is something to show at this step: what is costly to find out can wait for it. */
int progress_due(const struct progress *progress, int64_t step);
#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
void
progress_show(struct progress *progress, int64_t step, const char *format, ...);
/* Before anything else is printed: takes the changing line away. */
void progress_clear(void);
/* The line stays, and a new one begins. */
void progress_end(void);

#endif
