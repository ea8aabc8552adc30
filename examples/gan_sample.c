/*
 * Draws pictures from a saved generator or a checkpoint: `gan_sample --help` says how.
 *     cc gan_sample.c sources.c common.c $(pkg-config --cflags --libs gan) -o gan_sample
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources.h"

static struct {
    const char *out, *labels, *part;
    int64_t count, first, seed, threads, interpolation, columns;
    double truncation;
} settings = {.out = "samples.png", .count = 64};

static const struct option options[] = {
    {"--count", "N", "how many", .number = &settings.count, .minimum = 1, .maximum = 1e8},
    {"--out", "FILE",
     "a grid as .png; all as bytes [count, height, width, channels] as .npy, for NumPy; or a "
     "folder, "
     "with a / at the end, of 000000.png and on",
     .text = &settings.out},
    {"--seed", "N", "the same one draws the same pictures", .number = &settings.seed},
    {"--first", "N", "number of the first: --first 64 goes on where 64 pictures ended",
     .number = &settings.first, .maximum = 1e15},
    {"--truncation", "T",
     "draw the generator's normal numbers anew where they lie beyond T: less variety, more "
     "quality; "
     "0 for none",
     .real = &settings.truncation, .maximum = 100},
    {"--interpolate", "K", "K pictures on the way from each point of the noise to the next",
     .number = &settings.interpolation, .maximum = 1e6},
    {"--labels", "LIST", "classes in turn, of a generator that takes labels: \"3\", \"0,1,2\"",
     .text = &settings.labels},
    {"--part", "NAME",
     "of a checkpoint: average, generator (without it the average, if there is one)",
     .text = &settings.part},
    {"--columns", "N", "of the grid; 0 for a square, or with --interpolate for a way a row",
     .number = &settings.columns, .maximum = 1e6},
    {"--threads", "N", "0 for all CPUs; the result is the same", .number = &settings.threads,
     .maximum = 1024},
    {.name = NULL},
};

static const struct program program = {
    .name = "gan_sample",
    .usage = "[options] MODEL.safetensors",
    .about = "Draws pictures from a saved generator, or from a checkpoint of a training.",
    .options = options,
    .notes =
        "MODEL is generator.safetensors of a run folder, a file of its checkpoints/, the folder\n"
        "itself, or any network that gan_layer_save() wrote.\n",
    .arguments_maximum = 1,
};

int
main(int argc, char **argv)
{
    static char text[TEXT_SIZE];
    char image_text[64];
    const int files = read_options(argc, argv, &program);

    if (files == 0) {
        die("MODEL.safetensors", "none is named; try --help");
    }
    if (!ends_with(settings.out, ".png") && !ends_with(settings.out, ".npy") &&
        !ends_with(settings.out, "/") && !is_folder(settings.out)) {
        die(settings.out, "wanted a name with .png, .npy or, for a folder, a / at its end");
    }
    open_context(settings.threads, settings.seed);
    gan_layer *generator = load_generator(argv[1], settings.part);
    add(text, "first=%" PRId64 " truncation=%.15g interpolation=%" PRId64, settings.first,
        settings.truncation, settings.interpolation);
    add_option(text, "labels", settings.labels);
    snprintf(image_text, sizeof image_text, "columns=%" PRId64,
             settings.columns > 0 ? settings.columns : settings.interpolation);
    save_samples(generator, settings.out, settings.count, text, image_text);
    printf("%" PRId64 " %s in %s\n", settings.count,
           settings.count == 1 ? "picture is" : "pictures are", settings.out);
    gan_layer_destroy(generator);
    gan_context_destroy(context);
    return EXIT_SUCCESS;
}
