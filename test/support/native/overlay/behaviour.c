#define _GNU_SOURCE
#include "behaviour.h"

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_LINES 128
#define MOST_NAMES 80

static struct {
    char *key;
    char *value;
} lines[MOST_LINES];
static size_t line_count;

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static struct {
    const char *name;
    unsigned long count;
} counts[MOST_NAMES];

void behaviour_read(void) {
    for (size_t at = 0; at < line_count; at++) free(lines[at].key);
    line_count = 0;
    pthread_mutex_lock(&counting);
    memset(counts, 0, sizeof counts);
    pthread_mutex_unlock(&counting);
    const char *path = getenv("KEYFERRY_OVERLAY");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) return;
    char text[PATH_MAX + 128];
    while (line_count < MOST_LINES && fgets(text, sizeof text, file) != NULL) {
        text[strcspn(text, "\n")] = '\0';
        char *equals = strchr(text, '=');
        if (equals == NULL || text[0] == '#') continue;
        lines[line_count].key = strdup(text);
        lines[line_count].key[equals - text] = '\0';
        lines[line_count].value = lines[line_count].key + (equals - text) + 1;
        line_count++;
    }
    fclose(file);
}

const char *behaviour_each(const char *key, size_t *at) {
    while (*at < line_count) {
        size_t here = (*at)++;
        if (strcmp(lines[here].key, key) == 0) return lines[here].value;
    }
    return NULL;
}

const char *behaviour(const char *key) {
    size_t at = 0;
    return behaviour_each(key, &at);
}

bool behaviour_is(const char *key, const char *value) {
    const char *found = behaviour(key);
    return found != NULL && strcmp(found, value) == 0;
}

bool behaviour_has_word(const char *key, const char *word) {
    const char *found = behaviour(key);
    size_t length = strlen(word);
    while (found != NULL) {
        if (strncmp(found, word, length) == 0 && (found[length] == ',' || found[length] == '\0')) return true;
        found = strchr(found, ',');
        if (found != NULL) found++;
    }
    return false;
}

static bool first_line(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    bool found = fgets(text, (int)size, file) != NULL;
    fclose(file);
    if (found) text[strcspn(text, "\n")] = '\0';
    return found;
}

bool behaviour_file(const char *key, char *text, size_t size) {
    const char *path = behaviour(key);
    return path != NULL && first_line(path, text, size);
}

/* `CALL:rest` for this call; gives the rest, or NULL. */
static const char *rest_for(const char *value, const char *name) {
    size_t length = strlen(name);
    return strncmp(value, name, length) == 0 && value[length] == ':' ? value + length + 1 : NULL;
}

/* `N:rest` for the nth; gives the rest, or NULL. */
static const char *rest_for_nth(const char *text, unsigned long nth) {
    char *end;
    unsigned long wanted = strtoul(text, &end, 10);
    return *end == ':' && wanted == nth ? end + 1 : NULL;
}

static unsigned long count(const char *name) {
    for (size_t at = 0; at < MOST_NAMES; at++) {
        if (counts[at].name == NULL) counts[at].name = name;
        if (strcmp(counts[at].name, name) == 0) return ++counts[at].count;
    }
    return 0;
}

static void raise_if_due(const char *name, unsigned long nth) {
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("raise", &at)) != NULL) {
        const char *rest = rest_for(value, name);
        const char *number = rest == NULL ? NULL : rest_for_nth(rest, nth);
        if (number != NULL) kill(getpid(), atoi(number));
    }
}

static void take_time(void) {
    const char *microseconds = behaviour("answer-time");
    if (microseconds != NULL) usleep(strtoul(microseconds, NULL, 10));
}

CK_RV call_begins(struct call *call, const char *name) {
    take_time();
    pthread_mutex_lock(&counting);
    unsigned long nth_of_all = count("*");
    call->name = name;
    call->nth = count(name);
    pthread_mutex_unlock(&counting);
    raise_if_due("*", nth_of_all);
    raise_if_due(name, call->nth);
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("refuse", &at)) != NULL) {
        const char *rest = rest_for(value, name);
        if (rest != NULL && strchr(rest, ':') != NULL) rest = rest_for_nth(rest, call->nth);
        if (rest != NULL) return strtoul(rest, NULL, 0);
    }
    return CKR_OK;
}

bool call_is_the_last(const struct call *call) {
    size_t at = 0;
    const char *value;
    while ((value = behaviour_each("die", &at)) != NULL) {
        const char *rest = rest_for(value, call->name);
        if (rest != NULL && strtoul(rest, NULL, 10) == call->nth) return true;
    }
    return false;
}

static bool wrong_pins_file(char *path, size_t size) {
    const char *own = getenv("KEYFERRY_OVERLAY");
    return own != NULL && behaviour("wrong-pin-locks") != NULL && snprintf(path, size, "%s.wrong-pins", own) > 0;
}

unsigned long wrong_pins(void) {
    char path[PATH_MAX], text[32];
    return wrong_pins_file(path, sizeof path) && first_line(path, text, sizeof text) ? strtoul(text, NULL, 10) : 0;
}

void set_wrong_pins(unsigned long number) {
    char path[PATH_MAX];
    if (!wrong_pins_file(path, sizeof path)) return;
    FILE *file = fopen(path, "we");
    if (file == NULL) return;
    fprintf(file, "%lu\n", number);
    fclose(file);
}
