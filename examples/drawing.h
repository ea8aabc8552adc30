/* Drawing on a picture in memory: points, lines, a few letters, and a scale of colours. */
#ifndef EXAMPLES_DRAWING_H
#define EXAMPLES_DRAWING_H

struct canvas {
    int width, height;
    float *pixels; /* [height, width, 3], -1 to 1, as gan_image_save() takes it */
};

extern const float ink[3]; /* colours are 0 to 1 */

/* Mix a pixel with a colour: 0 leaves it, 1 covers it. What lies outside is left out. */
void paint(struct canvas *canvas, int x, int y, const float colour[3], double share);
/* The colour that stands for a level, 0 to 1, in 21 steps: their borders are contour lines. */
void paint_level(struct canvas *canvas, int x, int y, double level);
/* A line with round ends, smooth; a point if both ends are one. */
void line(struct canvas *canvas, double x0, double y0, double x1, double y1, double radius,
          const float colour[3], double share);
/*
 * Returns where the text ends; without a canvas it is measured only. There are 0 to 9, / . % : D and
 * the small letters adegilmnoprst.
 */
double write_text(struct canvas *canvas, double x, double y, const char *text);

#endif
