/*
 * The header of a .npy file as NumPy writes it, of version 1.0. (NumPy Enhancement Proposal 1)
 */
#include "io/npy.h"

/* Magic, version and length; the whole header is a multiple of the alignment. */
enum { NPY_START = 10, NPY_ALIGNMENT = 64 };

static void
add_dictionary(struct gan__text *out, const char *descr, const struct gan__shape *shape)
{
    gan__text_add(out, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
    for (int32_t i = 0; i < shape->rank; i++) {
        gan__text_add(out, "%s%lld", i == 0 ? "" : ", ", (long long)shape->size[i]);
    }
    gan__text_add(out, "%s), }", shape->rank == 1 ? "," : "");
}

void
gan__npy_write_header(struct gan__text *out, const char *descr, const struct gan__shape *shape)
{
    struct gan__text dictionary;

    gan__text_init(&dictionary, out->ctx);
    add_dictionary(&dictionary, descr, shape);
    if (dictionary.status == GAN_OK) {
        const size_t length = NPY_START + dictionary.length + 1; /* with the line's end */
        const size_t padding = (NPY_ALIGNMENT - length % NPY_ALIGNMENT) % NPY_ALIGNMENT;
        const size_t rest = dictionary.length + padding + 1;
        gan__text_add(out, "\x93NUMPY%c%c%c%c%s%*s\n", 1, 0, (int)(rest & 0xff), (int)(rest >> 8),
                      dictionary.data, (int)padding, "");
    } else if (out->status == GAN_OK) {
        out->status = dictionary.status;
    }
    gan__text_free(&dictionary);
}
