/* Made by make_inception.py with PyTorch 2.15.0, NumPy 2.4.6: don't edit. */
#ifndef TESTS_ORACLE_INCEPTION_H
#define TESTS_ORACLE_INCEPTION_H

#include "oracle/oracle.h"

static const struct oracle_text inception_texts[] = {
    {"lines from 0",
     "gan-network 1\n"
     "input shape=299x299x3 source=data\n"
     "conv2d name=conv2d_1a_3x3 filters=2 kernel=3x3 stride=2 padding=0x0\n"
     "relu\n"
     "conv2d name=conv2d_2a_3x3 filters=2 kernel=3x3 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=conv2d_2b_3x3 filters=4 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "max_pool2d kernel=3 stride=2\n"
     "conv2d name=conv2d_3b_1x1 filters=5 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=conv2d_4a_3x3 filters=12 kernel=3x3 stride=1 padding=0x0\n"
     "relu\n"
     "max_pool2d kernel=3 stride=2\n"
     "concat name=mixed_5b {\n"
     "conv2d name=branch1x1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch5x5_1 filters=3 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch5x5_2 filters=4 kernel=5x5 stride=1 padding=2x2\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "conv2d name=branch3x3dbl_3 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=2 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_5c {\n"
     "conv2d name=branch1x1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch5x5_1 filters=3 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch5x5_2 filters=4 kernel=5x5 stride=1 padding=2x2\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "conv2d name=branch3x3dbl_3 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_5d {\n"
     "conv2d name=branch1x1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch5x5_1 filters=3 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"},
    {"lines from 60",
     "conv2d name=branch5x5_2 filters=4 kernel=5x5 stride=1 padding=2x2\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "conv2d name=branch3x3dbl_3 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_6a {\n"
     "conv2d name=branch3x3 filters=24 kernel=3x3 stride=2 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=4 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=6 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "conv2d name=branch3x3dbl_3 filters=6 kernel=3x3 stride=2 padding=0x0\n"
     "relu\n"
     "} {\n"
     "max_pool2d kernel=3 stride=2\n"
     "}\n"
     "concat name=mixed_6b {\n"
     "conv2d name=branch1x1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7_1 filters=8 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7_2 filters=8 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7_3 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7dbl_1 filters=8 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_2 filters=8 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_3 filters=8 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7dbl_4 filters=8 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_5 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_6c {\n"
     "conv2d name=branch1x1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7_1 filters=10 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7_2 filters=10 kernel=1x7 stride=1 padding=0x3\n"},
    {"lines from 120",
     "relu\n"
     "conv2d name=branch7x7_3 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7dbl_1 filters=10 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_2 filters=10 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_3 filters=10 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7dbl_4 filters=10 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_5 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_6d {\n"
     "conv2d name=branch1x1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7_1 filters=10 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7_2 filters=10 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7_3 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7dbl_1 filters=10 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_2 filters=10 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_3 filters=10 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7dbl_4 filters=10 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_5 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_6e {\n"
     "conv2d name=branch1x1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7_1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7_2 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7_3 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7dbl_1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_2 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"},
    {"lines from 180",
     "conv2d name=branch7x7dbl_3 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7dbl_4 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7dbl_5 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_7a {\n"
     "conv2d name=branch3x3_1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3_2 filters=20 kernel=3x3 stride=2 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch7x7x3_1 filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch7x7x3_2 filters=12 kernel=1x7 stride=1 padding=0x3\n"
     "relu\n"
     "conv2d name=branch7x7x3_3 filters=12 kernel=7x1 stride=1 padding=3x0\n"
     "relu\n"
     "conv2d name=branch7x7x3_4 filters=12 kernel=3x3 stride=2 padding=0x0\n"
     "relu\n"
     "} {\n"
     "max_pool2d kernel=3 stride=2\n"
     "}\n"
     "concat name=mixed_7b {\n"
     "conv2d name=branch1x1 filters=20 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3_1 filters=24 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "concat {\n"
     "conv2d name=branch3x3_2a filters=24 kernel=1x3 stride=1 padding=0x1\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3_2b filters=24 kernel=3x1 stride=1 padding=1x0\n"
     "relu\n"
     "}\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=28 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=24 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "concat {\n"
     "conv2d name=branch3x3dbl_3a filters=24 kernel=1x3 stride=1 padding=0x1\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_3b filters=24 kernel=3x1 stride=1 padding=1x0\n"
     "relu\n"
     "}\n"
     "} {\n"
     "avg_pool2d kernel=3 stride=1 padding=1 count_include_padding=false\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "concat name=mixed_7c {\n"
     "conv2d name=branch1x1 filters=20 kernel=1x1 stride=1 padding=0x0\n"},
    {"lines from 240",
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3_1 filters=24 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "concat {\n"
     "conv2d name=branch3x3_2a filters=24 kernel=1x3 stride=1 padding=0x1\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3_2b filters=24 kernel=3x1 stride=1 padding=1x0\n"
     "relu\n"
     "}\n"
     "} {\n"
     "conv2d name=branch3x3dbl_1 filters=28 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "conv2d name=branch3x3dbl_2 filters=24 kernel=3x3 stride=1 padding=1x1\n"
     "relu\n"
     "concat {\n"
     "conv2d name=branch3x3dbl_3a filters=24 kernel=1x3 stride=1 padding=0x1\n"
     "relu\n"
     "} {\n"
     "conv2d name=branch3x3dbl_3b filters=24 kernel=3x1 stride=1 padding=1x0\n"
     "relu\n"
     "}\n"
     "} {\n"
     "max_pool2d kernel=3 stride=1 padding=1\n"
     "conv2d name=branch_pool filters=12 kernel=1x1 stride=1 padding=0x0\n"
     "relu\n"
     "}\n"
     "global_pool2d name=pool\n"
     "dense name=fc units=63 bias=false\n"},
    {NULL, NULL}};

static const struct oracle_fill inception_fills[] = {
    {"Conv2d_1a_3x3.conv.weight", 54, 882806835u, 0.471404523f, 0.0f},
    {"Conv2d_1a_3x3.bn.weight", 2, 1996317843u, 0.5f, 1.25f},
    {"Conv2d_1a_3x3.bn.bias", 2, 1221256079u, 0.25f, 0.25f},
    {"Conv2d_1a_3x3.bn.running_mean", 2, 3956425960u, 0.100000001f, 0.0f},
    {"Conv2d_1a_3x3.bn.running_var", 2, 599355334u, 0.25f, 0.75f},
    {"Conv2d_2a_3x3.conv.weight", 36, 3726134609u, 0.577350259f, 0.0f},
    {"Conv2d_2a_3x3.bn.weight", 2, 1597362273u, 0.5f, 1.25f},
    {"Conv2d_2a_3x3.bn.bias", 2, 883672660u, 0.25f, 0.25f},
    {"Conv2d_2a_3x3.bn.running_mean", 2, 3534416296u, 0.100000001f, 0.0f},
    {"Conv2d_2a_3x3.bn.running_var", 2, 1487400229u, 0.25f, 0.75f},
    {"Conv2d_2b_3x3.conv.weight", 72, 2374112981u, 0.577350259f, 0.0f},
    {"Conv2d_2b_3x3.bn.weight", 4, 1313389080u, 0.5f, 1.25f},
    {"Conv2d_2b_3x3.bn.bias", 4, 2304879258u, 0.25f, 0.25f},
    {"Conv2d_2b_3x3.bn.running_mean", 4, 2847173451u, 0.100000001f, 0.0f},
    {"Conv2d_2b_3x3.bn.running_var", 4, 4144931055u, 0.25f, 0.75f},
    {"Conv2d_3b_1x1.conv.weight", 20, 2852824302u, 1.22474492f, 0.0f},
    {"Conv2d_3b_1x1.bn.weight", 5, 3624937219u, 0.5f, 1.25f},
    {"Conv2d_3b_1x1.bn.bias", 5, 1660213931u, 0.25f, 0.25f},
    {"Conv2d_3b_1x1.bn.running_mean", 5, 504666557u, 0.100000001f, 0.0f},
    {"Conv2d_3b_1x1.bn.running_var", 5, 3936382353u, 0.25f, 0.75f},
    {"Conv2d_4a_3x3.conv.weight", 540, 3496276436u, 0.365148365f, 0.0f},
    {"Conv2d_4a_3x3.bn.weight", 12, 212121989u, 0.5f, 1.25f},
    {"Conv2d_4a_3x3.bn.bias", 12, 3429469666u, 0.25f, 0.25f},
    {"Conv2d_4a_3x3.bn.running_mean", 12, 2690364200u, 0.100000001f, 0.0f},
    {"Conv2d_4a_3x3.bn.running_var", 12, 2929387747u, 0.25f, 0.75f},
    {"Mixed_5b.branch1x1.conv.weight", 48, 1872084362u, 0.707106769f, 0.0f},
    {"Mixed_5b.branch1x1.bn.weight", 4, 2501394353u, 0.5f, 1.25f},
    {"Mixed_5b.branch1x1.bn.bias", 4, 3408445279u, 0.25f, 0.25f},
    {"Mixed_5b.branch1x1.bn.running_mean", 4, 2758853116u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch1x1.bn.running_var", 4, 1590569317u, 0.25f, 0.75f},
    {"Mixed_5b.branch5x5_1.conv.weight", 36, 586576082u, 0.707106769f, 0.0f},
    {"Mixed_5b.branch5x5_1.bn.weight", 3, 2189405717u, 0.5f, 1.25f},
    {"Mixed_5b.branch5x5_1.bn.bias", 3, 2228868794u, 0.25f, 0.25f},
    {"Mixed_5b.branch5x5_1.bn.running_mean", 3, 1963189995u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch5x5_1.bn.running_var", 3, 2525941697u, 0.25f, 0.75f},
    {"Mixed_5b.branch5x5_2.conv.weight", 300, 2671516700u, 0.282842726f, 0.0f},
    {"Mixed_5b.branch5x5_2.bn.weight", 4, 463325204u, 0.5f, 1.25f},
    {"Mixed_5b.branch5x5_2.bn.bias", 4, 3176458879u, 0.25f, 0.25f},
    {"Mixed_5b.branch5x5_2.bn.running_mean", 4, 647609711u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch5x5_2.bn.running_var", 4, 3209067315u, 0.25f, 0.75f},
    {"Mixed_5b.branch3x3dbl_1.conv.weight", 48, 4270402283u, 0.707106769f, 0.0f},
    {"Mixed_5b.branch3x3dbl_1.bn.weight", 4, 1764217849u, 0.5f, 1.25f},
    {"Mixed_5b.branch3x3dbl_1.bn.bias", 4, 2093887631u, 0.25f, 0.25f},
    {"Mixed_5b.branch3x3dbl_1.bn.running_mean", 4, 3200844128u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch3x3dbl_1.bn.running_var", 4, 1037748337u, 0.25f, 0.75f},
    {"Mixed_5b.branch3x3dbl_2.conv.weight", 216, 1128482341u, 0.408248305f, 0.0f},
    {"Mixed_5b.branch3x3dbl_2.bn.weight", 6, 4039489016u, 0.5f, 1.25f},
    {"Mixed_5b.branch3x3dbl_2.bn.bias", 6, 1162021962u, 0.25f, 0.25f},
    {"Mixed_5b.branch3x3dbl_2.bn.running_mean", 6, 3981662948u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch3x3dbl_2.bn.running_var", 6, 336755843u, 0.25f, 0.75f},
    {"Mixed_5b.branch3x3dbl_3.conv.weight", 324, 2664800160u, 0.333333343f, 0.0f},
    {"Mixed_5b.branch3x3dbl_3.bn.weight", 6, 827025976u, 0.5f, 1.25f},
    {"Mixed_5b.branch3x3dbl_3.bn.bias", 6, 1379407881u, 0.25f, 0.25f},
    {"Mixed_5b.branch3x3dbl_3.bn.running_mean", 6, 1794478503u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch3x3dbl_3.bn.running_var", 6, 3128618258u, 0.25f, 0.75f},
    {"Mixed_5b.branch_pool.conv.weight", 24, 483061077u, 0.707106769f, 0.0f},
    {"Mixed_5b.branch_pool.bn.weight", 2, 12681126u, 0.5f, 1.25f},
    {"Mixed_5b.branch_pool.bn.bias", 2, 3347496325u, 0.25f, 0.25f},
    {"Mixed_5b.branch_pool.bn.running_mean", 2, 1121200030u, 0.100000001f, 0.0f},
    {"Mixed_5b.branch_pool.bn.running_var", 2, 2574535210u, 0.25f, 0.75f},
    {"Mixed_5c.branch1x1.conv.weight", 64, 4108736350u, 0.612372458f, 0.0f},
    {"Mixed_5c.branch1x1.bn.weight", 4, 180534319u, 0.5f, 1.25f},
    {"Mixed_5c.branch1x1.bn.bias", 4, 483016455u, 0.25f, 0.25f},
    {"Mixed_5c.branch1x1.bn.running_mean", 4, 3405568701u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch1x1.bn.running_var", 4, 3117649906u, 0.25f, 0.75f},
    {"Mixed_5c.branch5x5_1.conv.weight", 48, 2273173724u, 0.612372458f, 0.0f},
    {"Mixed_5c.branch5x5_1.bn.weight", 3, 420234433u, 0.5f, 1.25f},
    {"Mixed_5c.branch5x5_1.bn.bias", 3, 453203236u, 0.25f, 0.25f},
    {"Mixed_5c.branch5x5_1.bn.running_mean", 3, 369377231u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch5x5_1.bn.running_var", 3, 2537239260u, 0.25f, 0.75f},
    {"Mixed_5c.branch5x5_2.conv.weight", 300, 985107474u, 0.282842726f, 0.0f},
    {"Mixed_5c.branch5x5_2.bn.weight", 4, 2163090112u, 0.5f, 1.25f},
    {"Mixed_5c.branch5x5_2.bn.bias", 4, 579758561u, 0.25f, 0.25f},
    {"Mixed_5c.branch5x5_2.bn.running_mean", 4, 1168008267u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch5x5_2.bn.running_var", 4, 3203630638u, 0.25f, 0.75f},
    {"Mixed_5c.branch3x3dbl_1.conv.weight", 64, 4282177526u, 0.612372458f, 0.0f},
    {"Mixed_5c.branch3x3dbl_1.bn.weight", 4, 2386195822u, 0.5f, 1.25f},
    {"Mixed_5c.branch3x3dbl_1.bn.bias", 4, 4260058536u, 0.25f, 0.25f},
    {"Mixed_5c.branch3x3dbl_1.bn.running_mean", 4, 1326646474u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch3x3dbl_1.bn.running_var", 4, 859644064u, 0.25f, 0.75f},
    {"Mixed_5c.branch3x3dbl_2.conv.weight", 216, 1123466040u, 0.408248305f, 0.0f},
    {"Mixed_5c.branch3x3dbl_2.bn.weight", 6, 400036719u, 0.5f, 1.25f},
    {"Mixed_5c.branch3x3dbl_2.bn.bias", 6, 3295045997u, 0.25f, 0.25f},
    {"Mixed_5c.branch3x3dbl_2.bn.running_mean", 6, 478764878u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch3x3dbl_2.bn.running_var", 6, 452301906u, 0.25f, 0.75f},
    {"Mixed_5c.branch3x3dbl_3.conv.weight", 324, 2673894077u, 0.333333343f, 0.0f},
    {"Mixed_5c.branch3x3dbl_3.bn.weight", 6, 3596012719u, 0.5f, 1.25f},
    {"Mixed_5c.branch3x3dbl_3.bn.bias", 6, 3541925166u, 0.25f, 0.25f},
    {"Mixed_5c.branch3x3dbl_3.bn.running_mean", 6, 2603586573u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch3x3dbl_3.bn.running_var", 6, 3030189507u, 0.25f, 0.75f},
    {"Mixed_5c.branch_pool.conv.weight", 64, 3108076891u, 0.612372458f, 0.0f},
    {"Mixed_5c.branch_pool.bn.weight", 4, 2612172146u, 0.5f, 1.25f},
    {"Mixed_5c.branch_pool.bn.bias", 4, 1482440219u, 0.25f, 0.25f},
    {"Mixed_5c.branch_pool.bn.running_mean", 4, 567541434u, 0.100000001f, 0.0f},
    {"Mixed_5c.branch_pool.bn.running_var", 4, 2562832183u, 0.25f, 0.75f},
    {"Mixed_5d.branch1x1.conv.weight", 72, 2187317232u, 0.577350259f, 0.0f},
    {"Mixed_5d.branch1x1.bn.weight", 4, 1663384183u, 0.5f, 1.25f},
    {"Mixed_5d.branch1x1.bn.bias", 4, 1458877516u, 0.25f, 0.25f},
    {"Mixed_5d.branch1x1.bn.running_mean", 4, 405380155u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch1x1.bn.running_var", 4, 1628501204u, 0.25f, 0.75f},
    {"Mixed_5d.branch5x5_1.conv.weight", 54, 1227693172u, 0.577350259f, 0.0f},
    {"Mixed_5d.branch5x5_1.bn.weight", 3, 1874189423u, 0.5f, 1.25f},
    {"Mixed_5d.branch5x5_1.bn.bias", 3, 1927598972u, 0.25f, 0.25f},
    {"Mixed_5d.branch5x5_1.bn.running_mean", 3, 3831641714u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch5x5_1.bn.running_var", 3, 2469577103u, 0.25f, 0.75f},
    {"Mixed_5d.branch5x5_2.conv.weight", 300, 4108808378u, 0.282842726f, 0.0f},
    {"Mixed_5d.branch5x5_2.bn.weight", 4, 4132944494u, 0.5f, 1.25f},
    {"Mixed_5d.branch5x5_2.bn.bias", 4, 1265233849u, 0.25f, 0.25f},
    {"Mixed_5d.branch5x5_2.bn.running_mean", 4, 3086511606u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch5x5_2.bn.running_var", 4, 3136976253u, 0.25f, 0.75f},
    {"Mixed_5d.branch3x3dbl_1.conv.weight", 72, 4214564005u, 0.577350259f, 0.0f},
    {"Mixed_5d.branch3x3dbl_1.bn.weight", 4, 1459162696u, 0.5f, 1.25f},
    {"Mixed_5d.branch3x3dbl_1.bn.bias", 4, 3438502623u, 0.25f, 0.25f},
    {"Mixed_5d.branch3x3dbl_1.bn.running_mean", 4, 4152759903u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch3x3dbl_1.bn.running_var", 4, 462076567u, 0.25f, 0.75f},
    {"Mixed_5d.branch3x3dbl_2.conv.weight", 216, 1191135339u, 0.408248305f, 0.0f},
    {"Mixed_5d.branch3x3dbl_2.bn.weight", 6, 3474679881u, 0.5f, 1.25f},
    {"Mixed_5d.branch3x3dbl_2.bn.bias", 6, 4118699546u, 0.25f, 0.25f},
    {"Mixed_5d.branch3x3dbl_2.bn.running_mean", 6, 2753318363u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch3x3dbl_2.bn.running_var", 6, 843189861u, 0.25f, 0.75f},
    {"Mixed_5d.branch3x3dbl_3.conv.weight", 324, 2607387118u, 0.333333343f, 0.0f},
    {"Mixed_5d.branch3x3dbl_3.bn.weight", 6, 244692873u, 0.5f, 1.25f},
    {"Mixed_5d.branch3x3dbl_3.bn.bias", 6, 3791997529u, 0.25f, 0.25f},
    {"Mixed_5d.branch3x3dbl_3.bn.running_mean", 6, 599426712u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch3x3dbl_3.bn.running_var", 6, 2620039156u, 0.25f, 0.75f},
    {"Mixed_5d.branch_pool.conv.weight", 72, 1997636083u, 0.577350259f, 0.0f},
    {"Mixed_5d.branch_pool.bn.weight", 4, 3976924636u, 0.5f, 1.25f},
    {"Mixed_5d.branch_pool.bn.bias", 4, 834385987u, 0.25f, 0.25f},
    {"Mixed_5d.branch_pool.bn.running_mean", 4, 3551917831u, 0.100000001f, 0.0f},
    {"Mixed_5d.branch_pool.bn.running_var", 4, 2630370404u, 0.25f, 0.75f},
    {"Mixed_6a.branch3x3.conv.weight", 3888, 2310285637u, 0.192450091f, 0.0f},
    {"Mixed_6a.branch3x3.bn.weight", 24, 4014873752u, 0.5f, 1.25f},
    {"Mixed_6a.branch3x3.bn.bias", 24, 2974672251u, 0.25f, 0.25f},
    {"Mixed_6a.branch3x3.bn.running_mean", 24, 3048373550u, 0.100000001f, 0.0f},
    {"Mixed_6a.branch3x3.bn.running_var", 24, 2641995710u, 0.25f, 0.75f},
    {"Mixed_6a.branch3x3dbl_1.conv.weight", 72, 1499416224u, 0.577350259f, 0.0f},
    {"Mixed_6a.branch3x3dbl_1.bn.weight", 4, 686035906u, 0.5f, 1.25f},
    {"Mixed_6a.branch3x3dbl_1.bn.bias", 4, 289222644u, 0.25f, 0.25f},
    {"Mixed_6a.branch3x3dbl_1.bn.running_mean", 4, 750893258u, 0.100000001f, 0.0f},
    {"Mixed_6a.branch3x3dbl_1.bn.running_var", 4, 3891132861u, 0.25f, 0.75f},
    {"Mixed_6a.branch3x3dbl_2.conv.weight", 216, 3834980974u, 0.408248305f, 0.0f},
    {"Mixed_6a.branch3x3dbl_2.bn.weight", 6, 2969990595u, 0.5f, 1.25f},
    {"Mixed_6a.branch3x3dbl_2.bn.bias", 6, 682627889u, 0.25f, 0.25f},
    {"Mixed_6a.branch3x3dbl_2.bn.running_mean", 6, 2136728398u, 0.100000001f, 0.0f},
    {"Mixed_6a.branch3x3dbl_2.bn.running_var", 6, 3458551119u, 0.25f, 0.75f},
    {"Mixed_6a.branch3x3dbl_3.conv.weight", 324, 956560363u, 0.333333343f, 0.0f},
    {"Mixed_6a.branch3x3dbl_3.bn.weight", 6, 1888004611u, 0.5f, 1.25f},
    {"Mixed_6a.branch3x3dbl_3.bn.bias", 6, 1070270322u, 0.25f, 0.25f},
    {"Mixed_6a.branch3x3dbl_3.bn.running_mean", 6, 4177340429u, 0.100000001f, 0.0f},
    {"Mixed_6a.branch3x3dbl_3.bn.running_var", 6, 1615715550u, 0.25f, 0.75f},
    {"Mixed_6b.branch1x1.conv.weight", 576, 931861666u, 0.353553385f, 0.0f},
    {"Mixed_6b.branch1x1.bn.weight", 12, 2892010225u, 0.5f, 1.25f},
    {"Mixed_6b.branch1x1.bn.bias", 12, 1686237845u, 0.25f, 0.25f},
    {"Mixed_6b.branch1x1.bn.running_mean", 12, 2796472027u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch1x1.bn.running_var", 12, 3982099622u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7_1.conv.weight", 384, 2887498876u, 0.353553385f, 0.0f},
    {"Mixed_6b.branch7x7_1.bn.weight", 8, 314246119u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7_1.bn.bias", 8, 2240903024u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7_1.bn.running_mean", 8, 2714944639u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7_1.bn.running_var", 8, 4238129570u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7_2.conv.weight", 448, 298963122u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7_2.bn.weight", 8, 2337891814u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7_2.bn.bias", 8, 3155970997u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7_2.bn.running_mean", 8, 4064845819u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7_2.bn.running_var", 8, 3579055440u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7_3.conv.weight", 672, 3427207479u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7_3.bn.weight", 12, 1255651878u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7_3.bn.bias", 12, 2875678710u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7_3.bn.running_mean", 12, 1978553528u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7_3.bn.running_var", 12, 2067569857u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7dbl_1.conv.weight", 384, 516193752u, 0.353553385f, 0.0f},
    {"Mixed_6b.branch7x7dbl_1.bn.weight", 8, 86664635u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7dbl_1.bn.bias", 8, 2227062080u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7dbl_1.bn.running_mean", 8, 3497639210u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7dbl_1.bn.running_var", 8, 3865077222u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7dbl_2.conv.weight", 448, 2735608086u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7dbl_2.bn.weight", 8, 2630353850u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7dbl_2.bn.bias", 8, 3174267269u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7dbl_2.bn.running_mean", 8, 2212751022u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7dbl_2.bn.running_var", 8, 3483947284u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7dbl_3.conv.weight", 448, 2123942035u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7dbl_3.bn.weight", 8, 1564925050u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7dbl_3.bn.bias", 8, 2856873414u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7dbl_3.bn.running_mean", 8, 71642605u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7dbl_3.bn.running_var", 8, 1639989381u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7dbl_4.conv.weight", 448, 65785547u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7dbl_4.bn.weight", 8, 1954400761u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7dbl_4.bn.bias", 8, 3458793487u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7dbl_4.bn.running_mean", 8, 618090918u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7dbl_4.bn.running_var", 8, 2621028592u, 0.25f, 0.75f},
    {"Mixed_6b.branch7x7dbl_5.conv.weight", 672, 3732739918u, 0.327326834f, 0.0f},
    {"Mixed_6b.branch7x7dbl_5.bn.weight", 12, 3052607033u, 0.5f, 1.25f},
    {"Mixed_6b.branch7x7dbl_5.bn.bias", 12, 3646035020u, 0.25f, 0.25f},
    {"Mixed_6b.branch7x7dbl_5.bn.running_mean", 12, 2742131429u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch7x7dbl_5.bn.running_var", 12, 844179809u, 0.25f, 0.75f},
    {"Mixed_6b.branch_pool.conv.weight", 576, 4003266733u, 0.353553385f, 0.0f},
    {"Mixed_6b.branch_pool.bn.weight", 12, 1491064462u, 0.5f, 1.25f},
    {"Mixed_6b.branch_pool.bn.bias", 12, 4278063301u, 0.25f, 0.25f},
    {"Mixed_6b.branch_pool.bn.running_mean", 12, 108331654u, 0.100000001f, 0.0f},
    {"Mixed_6b.branch_pool.bn.running_var", 12, 1014767942u, 0.25f, 0.75f},
    {"Mixed_6c.branch1x1.conv.weight", 576, 2901999222u, 0.353553385f, 0.0f},
    {"Mixed_6c.branch1x1.bn.weight", 12, 867832175u, 0.5f, 1.25f},
    {"Mixed_6c.branch1x1.bn.bias", 12, 3009639117u, 0.25f, 0.25f},
    {"Mixed_6c.branch1x1.bn.running_mean", 12, 3357728154u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch1x1.bn.running_var", 12, 172466737u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7_1.conv.weight", 480, 160443506u, 0.353553385f, 0.0f},
    {"Mixed_6c.branch7x7_1.bn.weight", 10, 2311645491u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7_1.bn.bias", 10, 441185518u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7_1.bn.running_mean", 10, 3268746587u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7_1.bn.running_var", 10, 4247340223u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7_2.conv.weight", 700, 3025813692u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7_2.bn.weight", 10, 271224626u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7_2.bn.bias", 10, 600229931u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7_2.bn.running_mean", 10, 2437891807u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7_2.bn.running_var", 10, 3571576909u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7_3.conv.weight", 840, 1775016249u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7_3.bn.weight", 12, 3517206770u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7_3.bn.bias", 12, 884857960u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7_3.bn.running_mean", 12, 384404892u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7_3.bn.running_var", 12, 2055823836u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7dbl_1.conv.weight", 480, 527532229u, 0.353553385f, 0.0f},
    {"Mixed_6c.branch7x7dbl_1.bn.weight", 10, 3795305260u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7dbl_1.bn.bias", 10, 94052455u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7dbl_1.bn.running_mean", 10, 564377728u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7dbl_1.bn.running_var", 10, 3901197623u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7dbl_2.conv.weight", 700, 2730224651u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7dbl_2.bn.weight", 10, 2077599021u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7dbl_2.bn.bias", 10, 1008082082u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7dbl_2.bn.running_mean", 10, 1916396292u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7dbl_2.bn.running_var", 10, 3243194821u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7dbl_3.conv.weight", 700, 2133669262u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7dbl_3.bn.weight", 10, 3126557421u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7dbl_3.bn.bias", 10, 728565985u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7dbl_3.bn.running_mean", 10, 4120848455u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7dbl_3.bn.running_var", 10, 1864869972u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7dbl_4.conv.weight", 700, 39728086u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7dbl_4.bn.weight", 10, 2472570734u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7dbl_4.bn.bias", 10, 1326212392u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7dbl_4.bn.running_mean", 10, 3574420492u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7dbl_4.bn.running_var", 10, 2464043041u, 0.25f, 0.75f},
    {"Mixed_6c.branch7x7dbl_5.conv.weight", 840, 3754486355u, 0.292770028f, 0.0f},
    {"Mixed_6c.branch7x7dbl_5.bn.weight", 12, 1391374510u, 0.5f, 1.25f},
    {"Mixed_6c.branch7x7dbl_5.bn.bias", 12, 1484222827u, 0.25f, 0.25f},
    {"Mixed_6c.branch7x7dbl_5.bn.running_mean", 12, 1386979151u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch7x7dbl_5.bn.running_var", 12, 1018610096u, 0.25f, 0.75f},
    {"Mixed_6c.branch_pool.conv.weight", 576, 1259770019u, 0.353553385f, 0.0f},
    {"Mixed_6c.branch_pool.bn.weight", 12, 3282844762u, 0.5f, 1.25f},
    {"Mixed_6c.branch_pool.bn.bias", 12, 1629786971u, 0.25f, 0.25f},
    {"Mixed_6c.branch_pool.bn.running_mean", 12, 1702026146u, 0.100000001f, 0.0f},
    {"Mixed_6c.branch_pool.bn.running_var", 12, 1036639323u, 0.25f, 0.75f},
    {"Mixed_6d.branch1x1.conv.weight", 576, 3661719256u, 0.353553385f, 0.0f},
    {"Mixed_6d.branch1x1.bn.weight", 12, 1516082999u, 0.5f, 1.25f},
    {"Mixed_6d.branch1x1.bn.bias", 12, 4183685510u, 0.25f, 0.25f},
    {"Mixed_6d.branch1x1.bn.running_mean", 12, 452434716u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch1x1.bn.running_var", 12, 3531921687u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7_1.conv.weight", 480, 3351302362u, 0.353553385f, 0.0f},
    {"Mixed_6d.branch7x7_1.bn.weight", 10, 4285624733u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7_1.bn.bias", 10, 1940681398u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7_1.bn.running_mean", 10, 817042662u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7_1.bn.running_var", 10, 4179671020u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7_2.conv.weight", 700, 2047523860u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7_2.bn.weight", 10, 1720915868u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7_2.bn.bias", 10, 1243696755u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7_2.bn.running_mean", 10, 1663651682u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7_2.bn.running_var", 10, 3504866078u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7_3.conv.weight", 840, 2812044689u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7_3.bn.weight", 12, 2803746908u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7_3.bn.bias", 12, 1566202416u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7_3.bn.running_mean", 12, 3834610721u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7_3.bn.running_var", 12, 2122355343u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7dbl_1.conv.weight", 480, 460878742u, 0.353553385f, 0.0f},
    {"Mixed_6d.branch7x7dbl_1.bn.weight", 10, 989116426u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7dbl_1.bn.bias", 10, 881006352u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7dbl_1.bn.running_mean", 10, 2570496533u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7dbl_1.bn.running_var", 10, 3224377088u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7dbl_2.conv.weight", 700, 2796691288u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7dbl_2.bn.weight", 10, 2736184843u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7dbl_2.bn.bias", 10, 219032533u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7dbl_2.bn.running_mean", 10, 3400331665u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7dbl_2.bn.running_var", 10, 3925386226u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7dbl_3.conv.weight", 700, 2066007773u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7dbl_3.bn.weight", 10, 1654129099u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7dbl_3.bn.bias", 10, 443891606u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7dbl_3.bn.running_mean", 10, 1292516050u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7dbl_3.bn.running_var", 10, 1200632419u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7dbl_4.conv.weight", 700, 106414213u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7dbl_4.bn.weight", 10, 1268978760u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7dbl_4.bn.bias", 10, 2115261023u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7dbl_4.bn.running_mean", 10, 1838696089u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7dbl_4.bn.running_var", 10, 3127495190u, 0.25f, 0.75f},
    {"Mixed_6d.branch7x7dbl_5.conv.weight", 840, 3686865152u, 0.292770028f, 0.0f},
    {"Mixed_6d.branch7x7dbl_5.bn.weight", 12, 2318257032u, 0.5f, 1.25f},
    {"Mixed_6d.branch7x7dbl_5.bn.bias", 12, 1768900124u, 0.25f, 0.25f},
    {"Mixed_6d.branch7x7dbl_5.bn.running_mean", 12, 3929968090u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch7x7dbl_5.bn.running_var", 12, 335633287u, 0.25f, 0.75f},
    {"Mixed_6d.branch_pool.conv.weight", 576, 2235984907u, 0.353553385f, 0.0f},
    {"Mixed_6d.branch_pool.bn.weight", 12, 3038094580u, 0.5f, 1.25f},
    {"Mixed_6d.branch_pool.bn.bias", 12, 147002627u, 0.25f, 0.25f},
    {"Mixed_6d.branch_pool.bn.running_mean", 12, 2534724127u, 0.100000001f, 0.0f},
    {"Mixed_6d.branch_pool.bn.running_var", 12, 968896264u, 0.25f, 0.75f},
    {"Mixed_6e.branch1x1.conv.weight", 576, 1093831692u, 0.353553385f, 0.0f},
    {"Mixed_6e.branch1x1.bn.weight", 12, 3313964201u, 0.5f, 1.25f},
    {"Mixed_6e.branch1x1.bn.bias", 12, 784300510u, 0.25f, 0.25f},
    {"Mixed_6e.branch1x1.bn.running_mean", 12, 1954250845u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch1x1.bn.running_var", 12, 899252096u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7_1.conv.weight", 576, 1649098964u, 0.353553385f, 0.0f},
    {"Mixed_6e.branch7x7_1.bn.weight", 12, 1677892425u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7_1.bn.bias", 12, 3967217960u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7_1.bn.running_mean", 12, 1404358082u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7_1.bn.running_var", 12, 4170533617u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7_2.conv.weight", 1008, 3749784602u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7_2.bn.weight", 12, 4259380552u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7_2.bn.bias", 12, 3590049261u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7_2.bn.running_mean", 12, 3053126u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7_2.bn.running_var", 12, 3512598019u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7_3.conv.weight", 1008, 35124639u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7_3.bn.weight", 12, 1013850760u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7_3.bn.bias", 12, 3263224238u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7_3.bn.running_mean", 12, 2273860869u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7_3.bn.running_var", 12, 2134208402u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7dbl_1.conv.weight", 576, 449678987u, 0.353553385f, 0.0f},
    {"Mixed_6e.branch7x7dbl_1.bn.weight", 12, 3723042461u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7dbl_1.bn.bias", 12, 3047584311u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7dbl_1.bn.running_mean", 12, 1760341951u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7dbl_1.bn.running_var", 12, 3470262225u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7dbl_2.conv.weight", 1008, 2802311749u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7dbl_2.bn.weight", 12, 1141602460u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7dbl_2.bn.bias", 12, 2351648498u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7dbl_2.bn.running_mean", 12, 997651515u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7dbl_2.bn.running_var", 12, 3877587747u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7dbl_3.conv.weight", 1008, 2056338368u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7dbl_3.bn.weight", 12, 2240128860u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7dbl_3.bn.bias", 12, 2605734577u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7dbl_3.bn.running_mean", 12, 3167764344u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7dbl_3.bn.running_var", 12, 1232591538u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7dbl_4.conv.weight", 1008, 132267416u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7dbl_4.bn.weight", 12, 2898178783u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7dbl_4.bn.bias", 12, 4281415544u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7dbl_4.bn.running_mean", 12, 2621588275u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7dbl_4.bn.running_var", 12, 3029213895u, 0.25f, 0.75f},
    {"Mixed_6e.branch7x7dbl_5.conv.weight", 1008, 3665093661u, 0.267261237f, 0.0f},
    {"Mixed_6e.branch7x7dbl_5.bn.weight", 12, 1831890207u, 0.5f, 1.25f},
    {"Mixed_6e.branch7x7dbl_5.bn.bias", 12, 3897172795u, 0.25f, 0.25f},
    {"Mixed_6e.branch7x7dbl_5.bn.running_mean", 12, 467961968u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch7x7dbl_5.bn.running_var", 12, 451326806u, 0.25f, 0.75f},
    {"Mixed_6e.branch_pool.conv.weight", 576, 550370309u, 0.353553385f, 0.0f},
    {"Mixed_6e.branch_pool.bn.weight", 12, 778456608u, 0.5f, 1.25f},
    {"Mixed_6e.branch_pool.bn.bias", 12, 2535036573u, 0.25f, 0.25f},
    {"Mixed_6e.branch_pool.bn.running_mean", 12, 4094888763u, 0.100000001f, 0.0f},
    {"Mixed_6e.branch_pool.bn.running_var", 12, 947245589u, 0.25f, 0.75f},
    {"Mixed_7a.branch3x3_1.conv.weight", 576, 2275405332u, 0.353553385f, 0.0f},
    {"Mixed_7a.branch3x3_1.bn.weight", 12, 2948485128u, 0.5f, 1.25f},
    {"Mixed_7a.branch3x3_1.bn.bias", 12, 2579990599u, 0.25f, 0.25f},
    {"Mixed_7a.branch3x3_1.bn.running_mean", 12, 3274392898u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch3x3_1.bn.running_var", 12, 3623902206u, 0.25f, 0.75f},
    {"Mixed_7a.branch3x3_2.conv.weight", 2160, 978682586u, 0.235702261f, 0.0f},
    {"Mixed_7a.branch3x3_2.bn.weight", 20, 912012809u, 0.5f, 1.25f},
    {"Mixed_7a.branch3x3_2.bn.bias", 20, 2689250434u, 0.25f, 0.25f},
    {"Mixed_7a.branch3x3_2.bn.running_mean", 20, 2427526854u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch3x3_2.bn.running_var", 20, 4056477452u, 0.25f, 0.75f},
    {"Mixed_7a.branch7x7x3_1.conv.weight", 576, 503473434u, 0.353553385f, 0.0f},
    {"Mixed_7a.branch7x7x3_1.bn.weight", 12, 288479105u, 0.5f, 1.25f},
    {"Mixed_7a.branch7x7x3_1.bn.bias", 12, 2954830932u, 0.25f, 0.25f},
    {"Mixed_7a.branch7x7x3_1.bn.running_mean", 12, 2208831911u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch7x7x3_1.bn.running_var", 12, 2220349460u, 0.25f, 0.75f},
    {"Mixed_7a.branch7x7x3_2.conv.weight", 1008, 2747795924u, 0.267261237f, 0.0f},
    {"Mixed_7a.branch7x7x3_2.bn.weight", 12, 2295574912u, 0.5f, 1.25f},
    {"Mixed_7a.branch7x7x3_2.bn.bias", 12, 2308053137u, 0.25f, 0.25f},
    {"Mixed_7a.branch7x7x3_2.bn.running_mean", 12, 3492954659u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch7x7x3_2.bn.running_var", 12, 2912906470u, 0.25f, 0.75f},
    {"Mixed_7a.branch7x7x3_3.conv.weight", 1008, 2120142929u, 0.267261237f, 0.0f},
    {"Mixed_7a.branch7x7x3_3.bn.weight", 12, 1230859840u, 0.5f, 1.25f},
    {"Mixed_7a.branch7x7x3_3.bn.bias", 12, 2666073298u, 0.25f, 0.25f},
    {"Mixed_7a.branch7x7x3_3.bn.running_mean", 12, 1469352288u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch7x7x3_3.bn.running_var", 12, 66583927u, 0.25f, 0.75f},
    {"Mixed_7a.branch7x7x3_4.conv.weight", 1296, 53335561u, 0.235702261f, 0.0f},
    {"Mixed_7a.branch7x7x3_4.bn.weight", 12, 1617329091u, 0.5f, 1.25f},
    {"Mixed_7a.branch7x7x3_4.bn.bias", 12, 4203241755u, 0.25f, 0.25f},
    {"Mixed_7a.branch7x7x3_4.bn.running_mean", 12, 1996944683u, 0.100000001f, 0.0f},
    {"Mixed_7a.branch7x7x3_4.bn.running_var", 12, 4262331650u, 0.25f, 0.75f},
    {"Mixed_7b.branch1x1.conv.weight", 1600, 3064885637u, 0.273861289f, 0.0f},
    {"Mixed_7b.branch1x1.bn.weight", 20, 3142121009u, 0.5f, 1.25f},
    {"Mixed_7b.branch1x1.bn.bias", 20, 31902163u, 0.25f, 0.25f},
    {"Mixed_7b.branch1x1.bn.running_mean", 20, 2803579846u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch1x1.bn.running_var", 20, 2211848167u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3_1.conv.weight", 1920, 2993838151u, 0.273861289f, 0.0f},
    {"Mixed_7b.branch3x3_1.bn.weight", 24, 3646646581u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3_1.bn.bias", 24, 3805874852u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3_1.bn.running_mean", 24, 1713581614u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3_1.bn.running_var", 24, 3672005849u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3_2a.conv.weight", 1728, 1633965533u, 0.288675129f, 0.0f},
    {"Mixed_7b.branch3x3_2a.bn.weight", 24, 2589369162u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3_2a.bn.bias", 24, 2858721981u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3_2a.bn.running_mean", 24, 3208940036u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3_2a.bn.running_var", 24, 1797302832u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3_2b.conv.weight", 1728, 3702405395u, 0.288675129f, 0.0f},
    {"Mixed_7b.branch3x3_2b.bn.weight", 24, 62178635u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3_2b.bn.bias", 24, 2481561208u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3_2b.bn.running_mean", 24, 3974025600u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3_2b.bn.running_var", 24, 1122508482u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3dbl_1.conv.weight", 2240, 948344995u, 0.273861289f, 0.0f},
    {"Mixed_7b.branch3x3dbl_1.bn.weight", 28, 3024086395u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3dbl_1.bn.bias", 28, 3970438866u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3dbl_1.bn.running_mean", 28, 3542884486u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3dbl_1.bn.running_var", 28, 85968228u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3dbl_2.conv.weight", 6048, 2236413037u, 0.154303357f, 0.0f},
    {"Mixed_7b.branch3x3dbl_2.bn.weight", 24, 769491834u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3dbl_2.bn.bias", 24, 3575982615u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3dbl_2.bn.running_mean", 24, 2159442690u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3dbl_2.bn.running_var", 24, 752316822u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3dbl_3a.conv.weight", 1728, 1535534602u, 0.288675129f, 0.0f},
    {"Mixed_7b.branch3x3dbl_3a.bn.weight", 24, 2432362302u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3dbl_3a.bn.bias", 24, 4241386646u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3dbl_3a.bn.running_mean", 24, 2293110833u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3dbl_3a.bn.running_var", 24, 1502179291u, 0.25f, 0.75f},
    {"Mixed_7b.branch3x3dbl_3b.conv.weight", 1728, 3863743172u, 0.288675129f, 0.0f},
    {"Mixed_7b.branch3x3dbl_3b.bn.weight", 24, 152600895u, 0.5f, 1.25f},
    {"Mixed_7b.branch3x3dbl_3b.bn.bias", 24, 3309523027u, 0.25f, 0.25f},
    {"Mixed_7b.branch3x3dbl_3b.bn.running_mean", 24, 3677635509u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch3x3dbl_3b.bn.running_var", 24, 1883364137u, 0.25f, 0.75f},
    {"Mixed_7b.branch_pool.conv.weight", 960, 159426106u, 0.273861289f, 0.0f},
    {"Mixed_7b.branch_pool.bn.weight", 12, 3657085865u, 0.5f, 1.25f},
    {"Mixed_7b.branch_pool.bn.bias", 12, 3923145733u, 0.25f, 0.25f},
    {"Mixed_7b.branch_pool.bn.running_mean", 12, 974512526u, 0.100000001f, 0.0f},
    {"Mixed_7b.branch_pool.bn.running_var", 12, 1601960034u, 0.25f, 0.75f},
    {"Mixed_7c.branch1x1.conv.weight", 2560, 769497937u, 0.216506347f, 0.0f},
    {"Mixed_7c.branch1x1.bn.weight", 20, 613578159u, 0.5f, 1.25f},
    {"Mixed_7c.branch1x1.bn.bias", 20, 3590605195u, 0.25f, 0.25f},
    {"Mixed_7c.branch1x1.bn.running_mean", 20, 3382124679u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch1x1.bn.running_var", 20, 1691072880u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3_1.conv.weight", 3072, 402245705u, 0.216506347f, 0.0f},
    {"Mixed_7c.branch3x3_1.bn.weight", 24, 1109951457u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3_1.bn.bias", 24, 2097383738u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3_1.bn.running_mean", 24, 86308618u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3_1.bn.running_var", 24, 3681264068u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3_2a.conv.weight", 1728, 2256139082u, 0.288675129f, 0.0f},
    {"Mixed_7c.branch3x3_2a.bn.weight", 24, 460572269u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3_2a.bn.bias", 24, 3175925373u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3_2a.bn.running_mean", 24, 2200201484u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3_2a.bn.running_var", 24, 136803092u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3_2b.conv.weight", 1728, 1001627524u, 0.288675129f, 0.0f},
    {"Mixed_7c.branch3x3_2b.bn.weight", 24, 2190581868u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3_2b.bn.bias", 24, 2227305144u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3_2b.bn.running_mean", 24, 3502125704u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3_2b.bn.running_var", 24, 569362406u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3dbl_1.conv.weight", 3584, 959669694u, 0.216506347f, 0.0f},
    {"Mixed_7c.branch3x3dbl_1.bn.weight", 28, 1394754540u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3dbl_1.bn.bias", 28, 1837986805u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3dbl_1.bn.running_mean", 28, 586556716u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3dbl_1.bn.running_var", 28, 200814005u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3dbl_2.conv.weight", 6048, 2230913392u, 0.154303357f, 0.0f},
    {"Mixed_7c.branch3x3dbl_2.bn.weight", 24, 3401590253u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3dbl_2.bn.bias", 24, 1409306416u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3dbl_2.bn.running_mean", 24, 1902935720u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3dbl_2.bn.running_var", 24, 573610311u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3dbl_3a.conv.weight", 1728, 948027182u, 0.288675129f, 0.0f},
    {"Mixed_7c.branch3x3dbl_3a.bn.weight", 24, 4269210751u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3dbl_3a.bn.bias", 24, 1497758872u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3dbl_3a.bn.running_mean", 24, 3193735362u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3dbl_3a.bn.running_var", 24, 2824039025u, 0.25f, 0.75f},
    {"Mixed_7c.branch3x3dbl_3b.conv.weight", 1728, 2236339168u, 0.288675129f, 0.0f},
    {"Mixed_7c.branch3x3dbl_3b.bn.weight", 24, 1737792126u, 0.5f, 1.25f},
    {"Mixed_7c.branch3x3dbl_3b.bn.bias", 24, 1623769181u, 0.25f, 0.25f},
    {"Mixed_7c.branch3x3dbl_3b.bn.running_mean", 24, 3989230406u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch3x3dbl_3b.bn.running_var", 24, 2174475907u, 0.25f, 0.75f},
    {"Mixed_7c.branch_pool.conv.weight", 1536, 2886415924u, 0.216506347f, 0.0f},
    {"Mixed_7c.branch_pool.bn.weight", 12, 1116297597u, 0.5f, 1.25f},
    {"Mixed_7c.branch_pool.bn.bias", 12, 1980561307u, 0.25f, 0.25f},
    {"Mixed_7c.branch_pool.bn.running_mean", 12, 1494366378u, 0.100000001f, 0.0f},
    {"Mixed_7c.branch_pool.bn.running_var", 12, 1590560127u, 0.25f, 0.75f},
    {"fc.weight", 8064, 3197763067u, 0.25f, 0.0f},
    {"fc.bias", 63, 3864592247u, 0.25f, 0.0f},
    {"67x53", 21306, 3267158123u, 128.0f, 128.0f},
    {"311x32", 29856, 2175063818u, 128.0f, 128.0f},
    {NULL, 0, 0, 0, 0}};

static const struct oracle_numbers inception_numbers[] = {
    {"folded", 189, (const float[]){
        7.84193104f, 0.108518251f, 6.55253247f, 0.0636264299f, 25.1936432f, 0.402570132f, 19.9061147f, 0.566170685f,
        55.1936635f, 1.02930201f, 15.2895857f, 0.527993387f, 9.14477713f, 0.126093709f, 16.5518744f, 0.738165804f,
        23.4893564f, 0.468663316f, 21.6706246f, 0.779256914f, 20.9070561f, 0.293083826f, 4.05795773f, 0.204341577f,
        23.502738f, 0.347656081f, 10.5452808f, 0.141354797f, 34.1246139f, 0.165488983f, 12.1749281f, 0.421160891f,
        27.9360243f, 0.736547697f, 23.9793328f, 0.67775895f, 20.8664989f, 0.379374415f, 20.3454979f, 0.51849443f,
        11.3698704f, 0.112386887f, 19.8761315f, 0.668271717f, 11.9154723f, 0.428289322f, 34.0449795f, 0.646765636f,
        29.0004174f, 0.374886553f, 14.5806386f, 0.102647368f, 113.666828f, 1.85235137f, 17.5722328f, 0.367948006f,
        30.5382739f, 0.313576377f, 32.924048f, 0.610053688f, 67.3107036f, 1.30508383f, 32.9589423f, 0.64415931f,
        40.2086956f, 0.71419614f, 71.1632259f, 1.53499993f, 45.256191f, 0.78456745f, 25.8410129f, 0.515542329f,
        38.8401543f, 0.316195999f, 27.485698f, 1.17513808f, 63.7703745f, 1.28834574f, 54.6638195f, 0.743106344f,
        67.9755975f, 0.663335746f, 40.660124f, 0.383721488f, 51.7025953f, 1.07559768f, 49.0555664f, 1.07296943f,
        46.8400617f, 0.71389374f, 39.1104588f, 0.878604273f, 38.3319741f, 1.30493601f, 33.2032102f, 0.455401021f,
        69.7007905f, 0.828164578f, 61.3505848f, 1.08193512f, 53.2707974f, 1.76718684f, 35.4315876f, 0.527564599f,
        58.7125662f, 0.852347623f, 48.7836991f, 0.87876547f, 42.3844746f, 0.867659744f, 42.4264902f, 1.1101607f,
        53.5776497f, 0.726554676f, 38.6091672f, 0.840931879f, 61.3680672f, 0.93316734f, 80.6184863f, 0.952413654f,
        47.5017267f, 0.905579431f, 52.3113282f, 0.998189762f, 82.389397f, 0.908704549f, 53.405327f, 1.40664624f,
        52.6030907f, 0.922574162f, 53.8722827f, 0.976314039f, 52.5591365f, 1.41822529f, 60.051159f, 1.6762857f,
        41.4522058f, 0.612514986f, 56.9660485f, 1.28770686f, 62.9177587f, 1.26952847f, 106.482931f, 1.17552356f,
        70.5510439f, 1.17742602f, 52.3525532f, 0.880332372f, 60.0239856f, 0.739574318f, 54.2242107f, 1.1331033f,
        92.1163931f, 1.77385471f, 111.550953f, 2.12674105f, 118.825442f, 2.34547102f, 108.257505f, 2.5054753f,
        135.210501f, 2.81820789f, 126.627436f, 2.45947678f, 110.46217f, 3.28420185f, 126.814417f, 2.28856076f,
        59.6664273f, 1.03927232f, 91.6532522f, 1.98438258f, 108.313923f, 2.22114348f, 106.224231f, 1.93478066f,
        103.360213f, 2.12693466f, 129.157215f, 3.47288346f, 116.972585f, 2.28690366f, 110.4153f, 1.97541568f,
        94.1934346f, 2.16942696f, 54.5542807f, 0.781272204f, 169.148584f,
    }},
    {"67x53.tf1", 256, (const float[]){
        296.589142f, 10594.9307f, 42.0914268f, 926.866455f, 485.467926f, 18.5186596f, 6633.79932f, 224.680801f,
        590.456177f, 5670.88525f, 3746.60742f, 0.0f, 4979.55322f, 5231.55176f, 162.461929f, 1389.10095f, 6395.53174f,
        30.3574696f, 3363.40454f, 12445.9531f, 9739.4248f, 5697.92529f, 7564.54053f, 10538.8252f, 0.0f, 43.6318092f,
        0.0f, 5884.26074f, 9330.91309f, 4634.25146f, 1619.43872f, 4721.64795f, 4309.45068f, 7.69119024f, 370.454132f,
        821.886902f, 8264.46875f, 830.12439f, 9425.07324f, 0.0f, 2240.27148f, 170.853027f, 196.90863f, 748.233459f,
        19846.9766f, 25365.4863f, 494.726379f, 261.720062f, 13184.1338f, 6274.74561f, 0.0f, 3240.27832f, 16510.7871f,
        23312.6523f, 0.0f, 7458.83984f, 517.376404f, 8631.41699f, 8003.48438f, 2353.66333f, 9254.625f, 72.1263733f,
        10423.3271f, 4582.896f, 292.926544f, 4612.47363f, 1887.20874f, 5089.5752f, 4298.59326f, 9302.81836f,
        4293.78613f, 4442.57471f, 0.0f, 2818.76465f, 4279.72412f, 0.0f, 45.270462f, 27287.4844f, 554.598572f,
        43.7760429f, 7658.91064f, 3824.99316f, 1012.29004f, 11717.3311f, 1413.55432f, 322.407227f, 260.256195f,
        32.8042221f, 0.0f, 12301.2119f, 13095.6279f, 0.0f, 2409.16357f, 44.2909012f, 13329.0342f, 255.94635f,
        3303.13843f, 0.0f, 35.0152168f, 0.0f, 12.7654924f, 75.5252533f, 33.8988228f, 1481.41138f, 12332.3779f,
        848.236023f, 15.7044849f, 1416.91418f, 23556.5664f, 1025.91003f, 422.268463f, 6128.73779f, 1454.01294f,
        1913.30603f, 8312.18652f, 10541.4043f, 9.21362305f, 0.0f, 12084.7695f, 686.592346f, 0.0f, 617.289551f,
        7536.04443f, 0.0f, 0.0f, 0.0f, 9359.37207f, 143.79007f, 327.666595f, 10962.5107f, 41.1486549f, 971.608276f,
        884.780212f, 1.03369725f, 6711.45801f, 168.163483f, 703.890747f, 5714.19531f, 4238.71045f, 0.0f, 5098.96924f,
        5399.30322f, 55.0177231f, 1429.00647f, 6830.8667f, 1.91688812f, 3508.94385f, 12536.7266f, 10032.4004f,
        5519.28564f, 7666.36865f, 10462.3135f, 0.0f, 36.6120071f, 0.0f, 6307.76562f, 9481.36816f, 4704.37646f,
        1386.03894f, 5448.67627f, 4154.96777f, 1.66044533f, 288.2742f, 739.370117f, 8574.28516f, 840.601685f,
        9520.39551f, 0.0f, 2260.21997f, 200.913757f, 169.954086f, 680.261169f, 20427.8984f, 25748.459f, 572.198059f,
        176.178909f, 12837.877f, 6235.37109f, 0.0f, 3129.64697f, 16883.4961f, 23689.4922f, 0.0f, 7015.86523f,
        650.239502f, 8284.98145f, 8431.24707f, 2729.31714f, 9583.39844f, 98.489212f, 10394.0244f, 4478.49463f,
        271.160889f, 4615.09473f, 2072.82812f, 5563.19385f, 4301.96973f, 9143.19141f, 4166.43994f, 4348.29541f,
        1.22639441f, 3342.62061f, 4135.65771f, 0.0f, 69.2452011f, 26805.6191f, 822.095825f, 73.2467422f, 7656.22363f,
        3936.90674f, 1279.81104f, 12028.0205f, 1421.47571f, 263.081787f, 94.7868576f, 127.67234f, 0.0f, 11738.5146f,
        13255.8301f, 0.0f, 2559.85352f, 50.4155769f, 13181.376f, 337.236969f, 3137.75684f, 38.0192986f, 76.5521927f,
        0.0f, 48.8843193f, 53.0351181f, 74.8571777f, 1483.61768f, 12472.3066f, 955.898499f, 84.2724838f, 1697.7196f,
        23165.75f, 1159.5238f, 523.879578f, 5741.21436f, 1352.70508f, 1953.49536f, 7723.12402f, 10667.7393f,
        30.1604881f, 0.0f, 12621.6611f, 372.666931f, 0.0f, 697.553406f, 6904.71338f, 0.0f, 0.0f, 0.0f, 10112.582f,
        51.013237f,
    }},
    {"67x53.logits", 126, (const float[]){
        -7593.80518f, 1391.08618f, 5699.95947f, -10754.3779f, 14969.8027f, 11353.9824f, -906.539551f, 12291.5605f,
        1029.34949f, -14938.7969f, 11710.0303f, 7801.96582f, 11870.0898f, -13585.8301f, 2523.86084f, -8352.25391f,
        -11192.8623f, -849.416382f, 20219.3301f, -5090.7334f, 9900.09082f, 701.537537f, 22449.6387f, 3276.53491f,
        11817.6309f, -1608.48608f, 13896.5488f, 731.732666f, -15002.4268f, -7714.73291f, 5215.18311f, -9577.93652f,
        37483.125f, 6315.09082f, 10669.9316f, -15078.8984f, -14264.3018f, -990.205811f, -6131.27588f, 16319.5859f,
        10631.1699f, -23246.3145f, 2.57223773f, -2109.46436f, 22910.8965f, 330.455627f, 5904.96826f, -5042.72412f,
        -12992.0039f, 4056.58032f, 1473.42346f, 3361.8938f, -10725.8076f, 9671.16016f, -5130.39795f, 6041.42041f,
        1835.8252f, 508.850494f, 19041.3262f, 12578.1475f, -3595.89697f, -2971.20874f, 10822.6162f, -7428.61279f,
        1092.0354f, 5863.65234f, -10489.0352f, 14906.1094f, 11905.7705f, -586.918396f, 12311.4658f, 1064.68872f,
        -14985.0547f, 11579.6377f, 7666.1416f, 12548.4336f, -13148.2246f, 3427.63086f, -8754.85449f, -11011.001f,
        -1124.05957f, 19630.9473f, -5142.07275f, 9714.32715f, 976.245544f, 21683.1133f, 3543.00391f, 12304.5127f,
        -1555.56482f, 13673.6299f, 574.752625f, -15651.1689f, -7952.37061f, 5147.26172f, -9324.87207f, 38159.7656f,
        6101.61865f, 10932.7822f, -14809.7539f, -14154.9443f, -459.268219f, -6112.95996f, 16289.4277f, 10639.1826f,
        -23701.9414f, -62.7536316f, -2024.03271f, 23101.7266f, 80.8455582f, 6652.65234f, -4589.07715f, -12966.9404f,
        3900.04688f, 1449.84119f, 2878.96436f, -10555.1211f, 9052.43652f, -4891.12744f, 5435.72852f, 2083.42725f,
        163.474213f, 19203.3555f, 12387.3691f, -3245.43994f, -3356.87646f, 10946.6406f,
    }},
    {"67x53.torch", 256, (const float[]){
        271.968768f, 11615.8394f, 20.6445426f, 930.11033f, 848.796751f, 4.29496113f, 7022.41569f, 293.102537f,
        721.860838f, 5776.50483f, 4578.94679f, 0.0f, 5417.78667f, 5284.03199f, 105.512255f, 1359.29942f, 6930.3083f,
        0.111623664f, 3762.72269f, 13686.097f, 10422.7954f, 5881.95145f, 8118.72852f, 11043.6915f, 0.0f, 93.3049866f,
        0.0f, 6479.96334f, 9966.59857f, 5102.38418f, 1764.69937f, 5116.87593f, 4242.93961f, 16.9713066f, 394.801763f,
        844.907173f, 8862.60342f, 911.24072f, 10109.9032f, 0.0f, 2367.71332f, 238.970718f, 214.644252f, 776.486776f,
        21598.9029f, 27078.0422f, 544.602586f, 219.293823f, 13822.5762f, 6455.07061f, 0.0f, 3248.79981f, 17527.6076f,
        25074.5501f, 0.0f, 7858.73152f, 675.919299f, 8965.76557f, 8785.78865f, 3174.67038f, 9808.48641f, 101.335678f,
        11052.6381f, 4739.15234f, 401.294509f, 4833.6257f, 2007.7189f, 5524.59728f, 4730.56016f, 10092.3865f,
        4606.56099f, 4780.38749f, 3.38850881f, 3146.73807f, 4662.56281f, 0.0f, 121.902926f, 28796.2648f, 582.980129f,
        144.1097f, 8771.07062f, 4074.22375f, 1012.39135f, 13180.4644f, 1641.89101f, 255.185746f, 155.237525f,
        12.0623652f, 8.17926087f, 12925.8201f, 14095.6775f, 0.0f, 2949.58277f, 0.401098034f, 13972.7183f, 328.318167f,
        3606.59198f, 0.0f, 54.4111958f, 0.0f, 13.4973027f, 70.7689368f, 85.564311f, 1472.00816f, 12745.743f,
        1051.61702f, 64.4080965f, 1627.77395f, 24992.8252f, 904.663103f, 512.143359f, 6273.69689f, 1630.70895f,
        2375.70469f, 8514.44798f, 11282.8128f, 37.3600977f, 0.0f, 13071.6167f, 525.103287f, 0.0f, 492.182397f,
        8210.8171f, 0.0f, 0.0f, 0.0f, 10819.3295f, 71.2741227f, 292.912397f, 11869.5933f, 33.0945682f, 809.513011f,
        873.224691f, 0.0f, 7067.49072f, 211.381604f, 681.966781f, 5875.45266f, 4457.95609f, 0.0f, 5179.15952f,
        4998.79141f, 80.7433534f, 1346.4445f, 7135.71494f, 11.9652607f, 3942.08489f, 14157.4122f, 11227.3483f,
        5948.62974f, 7770.79541f, 11325.4857f, 0.0f, 41.6221718f, 0.0f, 6603.24169f, 10277.5132f, 4719.63344f,
        1768.51333f, 5133.06247f, 4498.53406f, 0.0f, 350.359823f, 840.609942f, 8950.15339f, 1079.55259f, 10566.5762f,
        0.0f, 2373.47949f, 208.400539f, 157.575012f, 759.376093f, 22037.1357f, 27784.2714f, 580.314942f, 138.036388f,
        13879.4771f, 6565.11078f, 0.0f, 3277.79705f, 17660.2432f, 25608.6071f, 0.0f, 8646.51077f, 634.247912f,
        9546.1182f, 9164.48762f, 3086.37231f, 9694.96942f, 37.2959426f, 11169.7418f, 4857.50256f, 368.182631f,
        5385.44139f, 2228.07398f, 5545.84356f, 4533.45506f, 10310.4215f, 4523.95796f, 4868.86036f, 4.04056577f,
        2898.73614f, 4651.57167f, 0.0f, 38.6946334f, 29668.5093f, 720.586947f, 102.724042f, 8742.87319f, 4119.13532f,
        1155.70226f, 13383.6974f, 1513.419f, 216.933104f, 81.1288733f, 51.9735428f, 4.76345175f, 12872.2151f,
        13791.5899f, 0.0f, 2994.47816f, 17.6067149f, 14527.5548f, 333.033802f, 2923.76763f, 0.0f, 3.81925147f, 0.0f,
        1.40930723f, 0.0f, 24.3826371f, 1352.55499f, 13319.9052f, 1081.69309f, 124.779894f, 1139.98056f, 25658.2769f,
        1074.57391f, 531.653188f, 6962.02574f, 1546.9708f, 1736.81718f, 8800.39215f, 12030.8214f, 13.4656898f, 0.0f,
        13042.9359f, 525.219035f, 0.0f, 680.197287f, 8056.3697f, 0.0f, 0.0f, 0.0f, 10477.3626f, 68.1902756f,
    }},
    {"311x32.tf1", 128, (const float[]){
        323.048492f, 12796.3984f, 55.8459892f, 1045.76953f, 988.322571f, 17.4185066f, 7454.84521f, 223.394135f,
        760.89502f, 6565.42188f, 4550.84326f, 0.0f, 5749.99707f, 5962.57715f, 36.7482452f, 1734.22839f, 7136.44092f,
        13.116065f, 3801.92505f, 14240.6084f, 11029.4072f, 6125.66406f, 8853.27637f, 11534.3438f, 0.0f, 69.0161819f,
        0.0f, 6958.80127f, 10511.3867f, 5388.08984f, 1426.42505f, 5519.90088f, 4533.5874f, 30.4124413f, 549.665405f,
        901.434204f, 9525.0332f, 1039.578f, 10380.2715f, 0.0f, 2702.67065f, 70.2876205f, 257.93338f, 817.252075f,
        22536.2969f, 28615.627f, 634.136841f, 188.596008f, 14714.3154f, 6733.35107f, 0.0f, 3570.2854f, 18373.6387f,
        26360.4707f, 0.0f, 8302.77344f, 989.059937f, 9327.96973f, 9145.99707f, 3456.86841f, 10976.7012f, 57.6941032f,
        11841.4375f, 5193.45459f, 406.661072f, 5417.05225f, 2393.11572f, 5864.20996f, 4569.82373f, 10267.5586f,
        4673.46729f, 4974.41553f, 0.0f, 3533.05884f, 4605.17773f, 0.0f, 190.346786f, 29697.9805f, 632.608704f,
        92.139267f, 9478.0f, 4175.18066f, 1193.1355f, 13548.4414f, 1491.27649f, 251.488602f, 268.42218f, 82.0878143f,
        66.79496f, 13228.2773f, 14276.9463f, 0.0f, 2842.71411f, 29.3391552f, 14634.585f, 411.536011f, 3473.28833f, 0.0f,
        17.849081f, 0.0f, 43.594223f, 18.5581856f, 99.2386093f, 1708.48511f, 13997.623f, 1111.50403f, 20.4051628f,
        1681.79834f, 26044.6367f, 1124.86182f, 494.856628f, 6165.15234f, 1529.62537f, 2020.96875f, 8718.69043f,
        11938.7334f, 4.37966442f, 0.0f, 13697.8555f, 452.054047f, 0.0f, 1007.74915f, 7846.40039f, 0.0f, 0.0f, 0.0f,
        10749.5635f, 15.4664316f,
    }},
    {"311x32.logits", 63, (const float[]){
        -8030.81885f, 1228.93494f, 5993.70312f, -11660.3789f, 16840.6035f, 13119.6689f, -1085.23962f, 13405.4736f,
        507.215851f, -16628.5293f, 12198.7148f, 8664.09277f, 13767.0488f, -14401.7041f, 3217.66333f, -9081.70117f,
        -12437.5205f, -1453.78479f, 22165.3047f, -5649.68945f, 11170.6729f, 534.757446f, 24223.3965f, 3804.70581f,
        13603.127f, -1867.21362f, 15089.9756f, 492.941376f, -16848.7402f, -8940.93262f, 5414.56836f, -10303.1221f,
        42132.6641f, 6928.99023f, 12465.0039f, -16280.7578f, -16043.6553f, -898.803101f, -6701.45898f, 18033.4512f,
        12030.167f, -26366.9961f, -18.9240685f, -2596.93018f, 26024.9434f, 229.380417f, 7219.88867f, -5556.78516f,
        -14577.0801f, 4567.36768f, 2185.50342f, 3649.19336f, -11836.3213f, 10176.8125f, -5377.68555f, 6498.24707f,
        2328.88013f, 33.0020218f, 21214.2676f, 14071.251f, -3784.85938f, -3145.16602f, 12161.3906f,
    }},
    {"311x32.torch", 128, (const float[]){
        289.680588f, 12470.4667f, 37.3779186f, 1086.19437f, 1016.18644f, 1.41792527f, 7064.36336f, 176.004687f,
        820.865477f, 6203.18105f, 4525.89303f, 0.0f, 5486.57649f, 5596.1287f, 28.6112405f, 1672.53288f, 7111.72433f,
        0.0f, 3766.62322f, 13901.8218f, 10655.1564f, 5980.54896f, 8427.0532f, 11046.7544f, 0.0f, 67.8470739f, 0.0f,
        6609.2835f, 10150.1971f, 5099.22616f, 1853.00249f, 5393.2933f, 4539.25521f, 13.3706562f, 545.545212f,
        888.15717f, 8946.67001f, 1009.88912f, 10176.9174f, 0.0f, 2464.60444f, 142.024833f, 312.958179f, 967.37498f,
        21811.7965f, 27608.9998f, 725.921344f, 192.537253f, 14069.849f, 6437.38089f, 0.0f, 3467.25719f, 17712.7161f,
        25492.3799f, 0.0f, 8136.95897f, 876.777445f, 9053.7058f, 8767.2551f, 3366.16333f, 10285.7433f, 60.8732145f,
        11440.6421f, 5163.41522f, 486.374795f, 5341.2816f, 2255.84574f, 5195.0904f, 4511.70928f, 10337.0819f,
        4491.67316f, 4865.6993f, 0.0f, 3202.48287f, 4546.71213f, 0.0f, 211.539261f, 28963.2923f, 843.417125f,
        85.8383448f, 9413.08357f, 4103.65358f, 1007.0585f, 13630.7618f, 1522.10682f, 259.078666f, 178.22083f,
        79.9538933f, 103.517683f, 12867.206f, 13842.5044f, 0.0f, 2804.87361f, 22.5384516f, 14279.9833f, 333.597306f,
        3376.45962f, 11.3985496f, 0.0f, 0.0f, 44.1404216f, 42.4500676f, 75.1900239f, 1655.56358f, 12980.5911f,
        981.528717f, 131.545945f, 1594.92973f, 25542.2976f, 944.101495f, 502.224876f, 6562.96095f, 1642.08575f,
        2027.96777f, 8611.48759f, 11443.0306f, 0.0f, 0.0f, 13345.9829f, 610.85893f, 0.0f, 669.250497f, 7462.08718f,
        0.0f, 0.0f, 0.0f, 10800.8648f, 61.6402257f,
    }},
    {NULL, 0, NULL}};

#endif
