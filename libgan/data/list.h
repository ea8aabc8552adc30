/* The datasets that are made by name, one a row: name.c defines gan__dataset_name. */
GAN__ROW(idx)
GAN__ROW(cifar10)
GAN__ROW(cifar100)
GAN__ROW(npy)
GAN__ROW(folder)
