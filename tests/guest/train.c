/*
 * A host program that trains a small DCGAN and writes every bit of the result to standard output: all tensors of both
 * networks and optimizers. The scripts beside it run it in many ways and compare the sums.
 *
 *   train DATA [key=value ...]
 *     options=TEXT    the context's options          steps=N batch=N width=N
 *     float=ftz|up|unmasked    floating-point environment of the host while it calls
 *     locale=NAME     setlocale before anything else
 *     sample=N        generate and discriminate N samples between steps
 *     fork=1          fork in the middle: parent and child both go on, both results are written
 *     host=1          the host's own allocator and parallel-for
 *     contexts=2      two contexts in two threads at once; both results are written
 */
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gan/gan.h>

#include "host.h"

struct setting {
    const char *data, *options, *environment, *locale;
    int64_t steps, batch, width;
    int sample, fork, host, contexts;
};

struct run {
    gan_context *context;
    gan_trainer *trainer;
    gan_layer *networks[2];
    gan_optimizer *optimizers[2];
};

static void
check(gan_context *context, gan_status status, const char *what)
{
    if (status != GAN_OK) {
        fprintf(stderr, "%s: %s: %s\n", what, gan_status_name(status), gan_context_error(context));
        exit(1);
    }
}

#define CHECK(call) check(run->context, (call), #call)

static void
make_networks(struct run *run, int64_t width)
{
    char text[1024];
    snprintf(text, sizeof text,
             "gan-network 1\ninput shape=100 noise=normal\ndense units=%lld bias=false\nreshape "
             "shape=7x7x%lld\n"
             "batch_norm\nrelu\nconv_transpose2d filters=%lld kernel=4 stride=2 padding=1 "
             "bias=false\nbatch_norm\nrelu\n"
             "conv_transpose2d filters=1 kernel=4 stride=2 padding=1\ntanh\n",
             (long long)(98 * width), (long long)(2 * width), (long long)width);
    CHECK(gan_layer_parse(run->context, &run->networks[0], text));
    snprintf(text, sizeof text,
             "gan-network 1\ninput shape=28x28x1\nconv2d filters=%lld kernel=4 stride=2 "
             "padding=1\nleaky_relu\n"
             "conv2d filters=%lld kernel=4 stride=2 padding=1 "
             "bias=false\nbatch_norm\nleaky_relu\ndropout probability=0.1\n"
             "flatten\ndense units=1\n",
             (long long)width, (long long)(2 * width));
    CHECK(gan_layer_parse(run->context, &run->networks[1], text));
}

static void
prepare(struct run *run, const struct setting *setting)
{
    gan_dataset *dataset = NULL;
    char text[1200];

    const gan_host host = counting_host();
    check(run->context,
          gan_context_create(&run->context, setting->options, setting->host ? &host : NULL),
          "gan_context_create");
    make_networks(run, setting->width);
    snprintf(text, sizeof text, "images=\"%s/train-images-idx3-ubyte.gz\" limit=2000",
             setting->data);
    CHECK(gan_dataset_create(run->context, &dataset, "idx", text));
    snprintf(text, sizeof text, "batch=%lld", (long long)setting->batch);
    CHECK(gan_trainer_create(run->context, &run->trainer, run->networks[0], run->networks[1],
                             dataset, text));
    for (int i = 0; i < 2; i++) {
        CHECK(gan_optimizer_create(run->context, &run->optimizers[i], "adam", "lr=5e-4 beta1=0.5"));
    }
    CHECK(gan_trainer_set_optimizers(run->trainer, run->optimizers[0], run->optimizers[1]));
    gan_dataset_destroy(dataset);
}

static void
sample(struct run *run, int count)
{
    float *pictures = malloc((size_t)count * 28 * 28 * sizeof(float));
    float *probabilities = malloc((size_t)count * sizeof(float));
    CHECK(gan_trainer_generate(run->trainer, pictures, count, "seed=5"));
    CHECK(gan_trainer_discriminate(run->trainer, probabilities, pictures, count, NULL));
    for (int i = 0; i < count; i++) {
        if (!(probabilities[i] >= 0.0f && probabilities[i] <= 1.0f)) {
            fprintf(stderr, "probability %g\n", (double)probabilities[i]);
            exit(1);
        }
    }
    free(pictures);
    free(probabilities);
}

/* What the host does to its own environment must neither reach the numbers nor get lost. */
static void
set_environment(const char *name)
{
    if (name == NULL) {
        return;
    }
    if (strcmp(name, "ftz") == 0) {
        __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
    } else if (strcmp(name, "up") == 0) {
        fesetround(FE_UPWARD);
    } else if (strcmp(name, "unmasked") == 0) {
        __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() & ~0x1f80u);
    }
}

static void
take_steps(struct run *run, const struct setting *setting, int64_t steps)
{
    for (int64_t i = 0; i < steps; i++) {
        set_environment(setting->environment);
        const unsigned before = __builtin_ia32_stmxcsr();
        const gan_status status = gan_trainer_step(run->trainer, NULL);
        const unsigned after = __builtin_ia32_stmxcsr();
        __builtin_ia32_ldmxcsr(0x1f80);
        check(run->context, status, "gan_trainer_step");
        if (before != after) {
            fprintf(stderr, "the floating-point environment changed from %x to %x\n", before,
                    after);
            exit(1);
        }
        if (setting->sample > 0) {
            sample(run, setting->sample);
        }
    }
}

static void
write_tensor(struct run *run, gan_tensor *tensor, FILE *out)
{
    float *data = NULL;
    int64_t count = 0;
    CHECK(gan_tensor_data(tensor, &data));
    CHECK(gan_tensor_count(tensor, &count));
    if (fwrite(data, sizeof(float), (size_t)count, out) != (size_t)count) {
        perror("write");
        exit(1);
    }
    gan_tensor_destroy(tensor);
}

static void
write_result(struct run *run, FILE *out)
{
    for (int i = 0; i < 2; i++) {
        int64_t count = 0;
        gan_tensor *tensor = NULL;
        CHECK(gan_layer_parameter_count(run->networks[i], &count));
        for (int64_t j = 0; j < count; j++) {
            CHECK(gan_layer_parameter(run->networks[i], &tensor, j, NULL, 0, NULL));
            write_tensor(run, tensor, out);
        }
        CHECK(gan_optimizer_state_count(run->optimizers[i], &count));
        for (int64_t j = 0; j < count; j++) {
            CHECK(gan_optimizer_state(run->optimizers[i], &tensor, j, NULL, 0, NULL));
            write_tensor(run, tensor, out);
        }
    }
}

static void
finish(struct run *run)
{
    for (int i = 0; i < 2; i++) {
        gan_layer_destroy(run->networks[i]);
        gan_optimizer_destroy(run->optimizers[i]);
    }
    gan_trainer_destroy(run->trainer);
    gan_context_destroy(run->context);
}

/* The child trains on and hands its result over through a file; the parent checks that both are the same bits. */
static void
fork_and_go_on(struct run *run, const struct setting *setting)
{
    FILE *file = tmpfile();
    const pid_t child = fork();
    if (child == 0) {
        take_steps(run, setting, setting->steps - setting->steps / 2);
        write_result(run, file);
        fflush(file);
        finish(run);
        _exit(0);
    }
    take_steps(run, setting, setting->steps - setting->steps / 2);
    int status = 0;
    waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "the child ended with %x\n", (unsigned)status);
        exit(1);
    }
    rewind(file);
    for (int c; (c = getc(file)) != EOF;) {
        putchar(c);
    }
    fclose(file);
}

static void *
train(void *argument)
{
    const struct setting *setting = argument;
    struct run run = {0};
    char *result = NULL;
    size_t size = 0;

    prepare(&run, setting);
    if (setting->fork) {
        take_steps(&run, setting, setting->steps / 2);
        fork_and_go_on(&run, setting);
    } else {
        take_steps(&run, setting, setting->steps);
    }
    FILE *out = open_memstream(&result, &size);
    write_result(&run, out);
    fclose(out);
    finish(&run);
    fwrite(result, 1, size, stdout);
    free(result);
    return NULL;
}

static void
read_setting(struct setting *setting, const char *word)
{
    const char *value = strchr(word, '=');
    if (value == NULL) {
        fprintf(stderr, "not key=value: %s\n", word);
        exit(2);
    }
    value++;
    if (strncmp(word, "options=", 8) == 0) {
        setting->options = value;
    } else if (strncmp(word, "float=", 6) == 0) {
        setting->environment = value;
    } else if (strncmp(word, "locale=", 7) == 0) {
        setting->locale = value;
    } else if (strncmp(word, "steps=", 6) == 0) {
        setting->steps = atoll(value);
    } else if (strncmp(word, "batch=", 6) == 0) {
        setting->batch = atoll(value);
    } else if (strncmp(word, "width=", 6) == 0) {
        setting->width = atoll(value);
    } else if (strncmp(word, "sample=", 7) == 0) {
        setting->sample = atoi(value);
    } else if (strncmp(word, "fork=", 5) == 0) {
        setting->fork = atoi(value);
    } else if (strncmp(word, "host=", 5) == 0) {
        setting->host = atoi(value);
    } else if (strncmp(word, "contexts=", 9) == 0) {
        setting->contexts = atoi(value);
    } else {
        fprintf(stderr, "unknown word %s\n", word);
        exit(2);
    }
}

int
main(int argc, char **argv)
{
    struct setting setting = {
        .data = argv[1], .steps = 50, .batch = 64, .width = 64, .contexts = 1};
    if (argc < 2) {
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        read_setting(&setting, argv[i]);
    }
    if (setting.locale != NULL && setlocale(LC_ALL, setting.locale) == NULL) {
        fprintf(stderr, "no locale %s\n", setting.locale);
        return 77;
    }
    pthread_t threads[8];
    for (int i = 1; i < setting.contexts; i++) {
        if (pthread_create(&threads[i], NULL, train, &setting) != 0) {
            return 1;
        }
    }
    train(&setting);
    for (int i = 1; i < setting.contexts; i++) {
        pthread_join(threads[i], NULL);
    }
    return host_is_clean() ? 0 : 1;
}
