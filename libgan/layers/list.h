/*
 * The kinds of layers, one row each: name.c, and gan__layer_class_name in it. Including this file
 * with GAN__ROW(name) defined repeats it for every row; the build reads the sources from here too.
 */
GAN__ROW(input)
GAN__ROW(dense)
GAN__ROW(conv2d)
GAN__ROW(conv_transpose2d)
GAN__ROW(upsample2d)
GAN__ROW(avg_pool2d)
GAN__ROW(batch_norm)
GAN__ROW(dropout)
GAN__ROW(relu)
GAN__ROW(leaky_relu)
GAN__ROW(sigmoid)
GAN__ROW(tanh)
GAN__ROW(softplus)
GAN__ROW(reshape)
GAN__ROW(flatten)
GAN__ROW(network)
GAN__ROW(residual)
GAN__ROW(concat)
