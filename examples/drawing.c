/* Drawing on a picture in memory: see drawing.h. */
#include <math.h>
#include <string.h>

#include "drawing.h"

enum { LEVELS = 21 };

const float ink[3] = {.13F, .15F, .2F};

void
paint(struct canvas *canvas, int x, int y, const float colour[3], double share)
{
    if (x < 0 || x >= canvas->width || y < 0 || y >= canvas->height || !(share > 0)) {
        return;
    }
    float *pixel = canvas->pixels + 3 * (y * canvas->width + x);
    for (int i = 0; i < 3; i++) {
        pixel[i] += (float)fmin(share, 1) * (2 * colour[i] - 1 - pixel[i]);
    }
}

void
paint_level(struct canvas *canvas, int x, int y, double level)
{
    static const float scale[5][3] = {{.44F, .6F, .79F},
                                      {.74F, .83F, .92F},
                                      {.97F, .97F, .96F},
                                      {.99F, .88F, .69F},
                                      {.95F, .71F, .36F}};
    const double step = fmin(floor(LEVELS * fmin(fmax(level, 0), 1)), LEVELS - 1);
    const double place = 4 * step / (LEVELS - 1);
    const int i = place < 3 ? (int)place : 3;

    paint(canvas, x, y, scale[i], 1);
    paint(canvas, x, y, scale[i + 1], place - i);
}

void
line(struct canvas *canvas, double x0, double y0, double x1, double y1, double radius,
     const float colour[3], double share)
{
    const double dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
    const int left = (int)floor(fmin(x0, x1) - radius), right = (int)ceil(fmax(x0, x1) + radius);
    const int top = (int)floor(fmin(y0, y1) - radius), bottom = (int)ceil(fmax(y0, y1) + radius);

    for (int y = top; y <= bottom; y++) {
        for (int x = left; x <= right; x++) {
            double t = length > 0 ? ((x - x0) * dx + (y - y0) * dy) / length : 0;
            t = fmin(fmax(t, 0), 1);
            const double distance = hypot(x - x0 - t * dx, y - y0 - t * dy);
            paint(canvas, x, y, colour, share * fmin(radius + 0.5 - distance, 1));
        }
    }
}

/* Letters as strokes: pairs of digits x y, y downwards, 6 is the base line; a blank lifts the pen. */
static const char *
strokes(char letter)
{
    static const char letters[] = "0123456789/.%:Dadegilmnoprst";
    static const char *const all[] = {"103041453616050110",
                                      "011016 0626",
                                      "01103041420646",
                                      "004022324345361605",
                                      "36300444",
                                      "400002324345361605",
                                      "413010010516364544331304",
                                      "004016",
                                      "103041423313020110 1304051636454433",
                                      "051636454130100102133342",
                                      "3007",
                                      "0506",
                                      "4006 0010110100 3545463635",
                                      "0303 0606",
                                      "00062645412000",
                                      "0222333616051434 36",
                                      "30361605031232",
                                      "043433221203051636",
                                      "32372808 361605031232",
                                      "0206 0000",
                                      "0006",
                                      "0602 03122326 23324346",
                                      "0602 0312223336",
                                      "122233352616050312",
                                      "0208 022233352606",
                                      "0602 031222",
                                      "3212031424352606",
                                      "10152636 0232"};
    const char *found = strchr(letters, letter);
    return found != NULL && *found != '\0' ? all[found - letters] : "";
}

double
write_text(struct canvas *canvas, double x, double y, const char *text)
{
    const double size = 1.75;
    for (; *text != '\0'; text++) {
        int widest = *text == ' ' ? 1 : 0;
        double from_x = 0, from_y = 0;
        int down = 0;
        for (const char *s = strokes(*text); *s != '\0'; s += *s == ' ' ? 1 : 2) {
            if (*s == ' ') {
                down = 0;
                continue;
            }
            const double to_x = x + size * (s[0] - '0'), to_y = y + size * (s[1] - '6');
            if (down && canvas != NULL) {
                line(canvas, from_x, from_y, to_x, to_y, 0.45, ink, 0.9);
            }
            widest = s[0] - '0' > widest ? s[0] - '0' : widest;
            from_x = to_x;
            from_y = to_y;
            down = 1;
        }
        x += size * (widest + 2);
    }
    return x;
}
