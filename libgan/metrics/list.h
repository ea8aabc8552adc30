/* The measures, one a row: name.c defines gan__metric_name. */
GAN__ROW(inception_score)
GAN__ROW(fid)
GAN__ROW(kid)
GAN__ROW(prdc)
GAN__ROW(modes)
GAN__ROW(nearest)
GAN__ROW(diversity)
