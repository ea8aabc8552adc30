/* The losses, one a row: name.c defines gan__loss_name. */
GAN__ROW(non_saturating)
GAN__ROW(standard)
GAN__ROW(hinge)
GAN__ROW(least_squares)
GAN__ROW(wasserstein)
GAN__ROW(wgan_gp)
GAN__ROW(relativistic_average)
GAN__ROW(relativistic_pairing)
