/* The losses, one a row: name.c defines gan__loss_name. */
GAN__ROW(non_saturating)
GAN__ROW(standard)
