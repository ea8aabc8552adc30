/* How many CPUs this process may use: its affinity mask, capped by the quota of its control group
 * (version 2 or 1). */
#define _GNU_SOURCE /* sched_getaffinity's masks */
#include "base/pool.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"

enum { FILE_MAX = 4096, PATH_SIZE = 1024, MASK_WORDS = 1024 };

int64_t
gan__cpus_affinity(void)
{
    unsigned long words[MASK_WORDS]; /* 65,536 CPUs */
    memset(words, 0, sizeof words);
    int64_t count = 0;
    if (sched_getaffinity(0, sizeof words, (cpu_set_t *)(void *)words) == 0) {
        for (int i = 0; i < MASK_WORDS; i++) {
            count += __builtin_popcountl(words[i]);
        }
    } else {
        count = sysconf(_SC_NPROCESSORS_ONLN);
    }
    return count < 1 ? 1 : count;
}

/* The start of a small file, closed with a zero; false if there is none. */
static bool
read_file(const char *path, char *text, size_t size)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    size_t length = 0;
    while (length + 1 < size) {
        const ssize_t got = read(file, text + length, size - 1 - length);
        if (got <= 0) {
            break;
        }
        length += (size_t)got;
    }
    (void)close(file);
    text[length] = '\0';
    return length > 0;
}

/* CPUs for quota microseconds in each period, rounded up; 0 for "max", -1 and what is no number. */
static int64_t
quota_cpus(const char *quota, const char *period)
{
    int64_t used, whole;
    if (!gan__integer_parse(quota, strcspn(quota, " \n"), &used) ||
        !gan__integer_parse(period, strcspn(period, " \n"), &whole) || used <= 0 || whole <= 0) {
        return 0;
    }
    return (used - 1) / whole + 1;
}

static int64_t
group_cpus(const char *folder, bool version2)
{
    char path[PATH_SIZE], quota[64], period[64];
    const char *const name = version2 ? "cpu.max" : "cpu.cfs_quota_us";
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path || !read_file(path, quota, sizeof quota)) {
        return 0;
    }
    if (version2) {
        const char *const space = strchr(quota, ' ');
        return space == NULL ? 0 : quota_cpus(quota, space + 1);
    }
    length = snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    if (length < 0 || (size_t)length >= sizeof path || !read_file(path, period, sizeof period)) {
        return 0;
    }
    return quota_cpus(quota, period);
}

/* The smallest quota of a group and the groups around it; 0 for none. */
static int64_t
tree_cpus(const char *root, const char *group, size_t group_length, bool version2)
{
    char folder[PATH_SIZE];
    const size_t root_length = strlen(root);
    if (root_length + group_length + 1 > sizeof folder) {
        return 0;
    }
    memcpy(folder, root, root_length);
    memcpy(folder + root_length, group, group_length);
    size_t length = root_length + group_length;
    int64_t least = 0;
    for (;;) {
        folder[length] = '\0';
        const int64_t cpus = group_cpus(folder, version2);
        if (cpus > 0 && (least == 0 || cpus < least)) {
            least = cpus;
        }
        if (length <= root_length) {
            return least;
        }
        while (length > root_length && folder[length - 1] != '/') {
            length--;
        }
        length = length > root_length ? length - 1 : length;
    }
}

/* One line of /proc/self/cgroup, "number:controllers:/path"; 0 if it sets no quota. */
static int64_t
line_cpus(const char *line, size_t length)
{
    const char *const controllers = memchr(line, ':', length);
    if (controllers == NULL) {
        return 0;
    }
    const size_t left = length - (size_t)(controllers + 1 - line);
    const char *const path = memchr(controllers + 1, ':', left);
    if (path == NULL) {
        return 0;
    }
    const size_t names = (size_t)(path - controllers - 1);
    const size_t path_length = length - (size_t)(path + 1 - line);
    if (names == 0) {
        return tree_cpus("/sys/fs/cgroup", path + 1, path_length, true);
    }
    if (names >= 3 && memcmp(controllers + 1, "cpu", 3) == 0 &&
        (names == 3 || controllers[4] == ',')) {
        return tree_cpus("/sys/fs/cgroup/cpu", path + 1, path_length, false);
    }
    return 0;
}

int64_t
gan__cpus_allowed(void)
{
    int64_t allowed = gan__cpus_affinity();
    char groups[FILE_MAX];
    if (!read_file("/proc/self/cgroup", groups, sizeof groups)) {
        return allowed;
    }
    for (const char *line = groups; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        const int64_t cpus = line_cpus(line, length);
        if (cpus > 0 && cpus < allowed) {
            allowed = cpus;
        }
        line += line[length] == '\n' ? length + 1 : length;
    }
    return allowed;
}
