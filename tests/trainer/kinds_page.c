/*
 * docs/kinds.md from the kinds' own tables. Without an argument: is the file what the tables say? With "write": write it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gan/gan.h>

static const char head[] =
    "# Kinds and their options\n"
    "\n"
    "What can be made by name, and every option with its default, type and "
    "meaning; `gan_kinds()` says the same at run time.\n"
    "This page is written from the tables of the source (`cmake --build "
    "BUILD --target docs-kinds`): names, bounds and defaults\n"
    "are part of the ABI.\n"
    "\n"
    "## Schedules\n"
    "\n"
    "An option that says \"or a schedule\" takes, in place of a number, one of "
    "these. They count a trainer's steps; outside of a trainer,\n"
    "an optimizer's own. Without spaces, or in quotes: "
    "`lr=cosine(1e-3,0,24000)`.\n"
    "\n"
    "| text | value |\n"
    "|---|---|\n"
    "| `linear(from,to,steps)` | goes from one to the other in a straight line, "
    "and stays there |\n"
    "| `cosine(from,to,steps)` | the same along half a cosine |\n"
    "| `exponential(from,to,steps)` | the same by a constant factor a step; both "
    "above 0 |\n"
    "| `one_cycle(peak,steps)` | rises from peak / 25 over 30 % of the steps, then "
    "falls to peak / 250,000 (Smith, Topin 2018) |\n"
    "| `warmup(steps,value)` | rises from value / steps to the value, which may be "
    "a schedule: its steps begin after the rise |\n";

static const struct {
    const char *category, *title;
} parts[] = {{"context", "Context"},
             {"profile", "Profile"},
             {"layer", "Layers"},
             {"preset", "Networks ready to name"},
             {"loss", "Losses"},
             {"penalty", "Penalties"},
             {"optimizer", "Optimizers"},
             {"dataset", "Datasets"},
             {"trainer", "Trainer"},
             {"recipe", "Recipes"},
             {"augment", "Augmentation"},
             {"augmented", "Random changes of a dataset"},
             {"stacked", "Pictures as channels"},
             {"run", "Run folder"},
             {"judge", "Judges"},
             {"metric", "Measures"},
             {"evaluation", "Evaluation in training"},
             {"alarms", "Alarms"}};

static void
check(gan_context *context, gan_status status)
{
    if (status != GAN_OK) {
        fprintf(stderr, "%s\n", gan_context_error(context));
        exit(EXIT_FAILURE);
    }
}

static void
write_page(FILE *out)
{
    gan_context *context = NULL;
    check(context, gan_context_create(&context, "threads=1", NULL));
    fputs(head, out);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t needed = 0;
        check(context, gan_kinds(context, parts[i].category, NULL, 0, &needed));
        char *text = malloc(needed);
        check(context, gan_kinds(context, parts[i].category, text, needed, NULL));
        fprintf(out, "\n## %s\n\n```\n%s```\n", parts[i].title, text);
        free(text);
    }
    gan_context_destroy(context);
}

static int
compare(const char *wanted, size_t size)
{
    FILE *file = fopen(KINDS_PAGE, "r");
    char *found = calloc(1, size + 2);
    const size_t length = file == NULL ? 0 : fread(found, 1, size + 1, file);
    const int same = length == size && memcmp(found, wanted, size) == 0;

    if (file != NULL) {
        fclose(file);
    }
    free(found);
    if (!same) {
        fprintf(stderr, "%s is not what the tables say: build the target docs-kinds\n", KINDS_PAGE);
    }
    return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char **argv)
{
    char *page = NULL;
    size_t size = 0;
    if (argc > 1 && strcmp(argv[1], "write") == 0) {
        FILE *file = fopen(KINDS_PAGE, "w");
        if (file == NULL) {
            perror(KINDS_PAGE);
            return EXIT_FAILURE;
        }
        write_page(file);
        return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    FILE *memory = open_memstream(&page, &size);
    write_page(memory);
    fclose(memory);
    const int result = compare(page, size);
    free(page);
    return result;
}
