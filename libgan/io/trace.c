/*
 * A profile's events as a file in the Chrome trace format ("Trace Event Format", Google 2016):
 * complete events ("ph": "X") of one thread, whose times nest.
 */
#include <gan/profile.h>

#include "base/profile.h"
#include "base/text.h"
#include "io/file.h"

/* Text is written to the file when there is more of it. */
enum { PIECE = 1 << 16 };

struct trace {
    struct gan__file_writer writer;
    struct gan__text text;
    const struct gan__profile *profile;
};

/* Microseconds, without the locale's decimal point. */
static void
add_time(struct gan__text *text, const char *name, int64_t nanoseconds)
{
    gan__text_add(text, ",\"%s\":%lld.%03lld", name, (long long)(nanoseconds / 1000),
                  (long long)(nanoseconds % 1000));
}

/* Names and layers are words, digits, dots and brackets: nothing in them is to be escaped. */
static void
add_event(struct trace *trace, const struct gan__profile_event *event)
{
    const struct gan__profile_row *row = &trace->profile->rows[event->row];
    struct gan__text *text = &trace->text;

    gan__text_add(text, ",\n{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\"%s\",\"cat\":\"%s\"",
                  row->name, gan__phase_name(row->phase));
    add_time(text, "ts", event->start);
    add_time(text, "dur", event->duration);
    gan__text_add(text,
                  ",\"args\":{\"network\":\"%s\",\"layer\":\"%s\",\"operations\":", row->network,
                  row->layer);
    gan__text_add_number(text, event->operations);
    gan__text_add(text, "}}");
}

static gan_status
write_piece(struct trace *trace, size_t more_than)
{
    struct gan__text *text = &trace->text;
    if (text->status != GAN_OK || text->length <= more_than) {
        return text->status;
    }
    const gan_status st = gan__file_writer_write(&trace->writer, text->data, text->length);
    text->length = 0;
    return st;
}

static gan_status
write_trace(struct trace *trace)
{
    const struct gan__profile *profile = trace->profile;
    const int64_t count = profile->event_count, room = profile->event_capacity;
    gan_status st = GAN_OK;

    gan__text_add(&trace->text, "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
                                "{\"ph\":\"M\",\"pid\":1,\"tid\":1,\"name\":\"process_name\","
                                "\"args\":{\"name\":\"libgan\"}}");
    for (int64_t i = count > room ? count - room : 0; i < count; i++) {
        add_event(trace, &profile->events[i % room]);
        GAN__TRY(write_piece(trace, PIECE));
    }
    gan__text_add(&trace->text, "\n]}\n");
    GAN__TRY(write_piece(trace, 0));
    GAN__TRY(gan__file_writer_commit(&trace->writer));

fail:
    return st;
}

gan_status
gan_profile_save(gan_context *context, const char *path)
{
    struct trace trace;
    struct gan__call call;
    gan_status st = gan__enter(&call, context, GAN__GROUP_LAYER);
    if (st != GAN_OK) {
        return st;
    }
    if (path == NULL) {
        return gan__leave(&call, gan__null(context, "path"));
    }
    st = gan__profile_get(context, &trace.profile);
    if (st != GAN_OK) {
        return gan__leave(&call, st);
    }
    gan__text_init(&trace.text, context);
    st = gan__file_writer_open(&trace.writer, context, path);
    if (st == GAN_OK) {
        st = write_trace(&trace);
        gan__file_writer_abandon(&trace.writer);
    }
    gan__text_free(&trace.text);
    return gan__leave(&call, st);
}
