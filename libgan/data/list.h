/* The datasets that are made by name, one a row: name.c defines gan__dataset_name. */
GAN__ROW(idx)
