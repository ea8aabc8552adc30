/* The optimizers, one a row: name.c defines gan__optimizer_name. */
GAN__ROW(adam)
GAN__ROW(adamw)
GAN__ROW(rmsprop)
GAN__ROW(sgd)
