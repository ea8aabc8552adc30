/* The penalties, one a row: name.c defines gan__penalty_name. */
GAN__ROW(gradient_penalty)
GAN__ROW(r1)
GAN__ROW(r2)
GAN__ROW(zero_centered)
GAN__ROW(dragan)
