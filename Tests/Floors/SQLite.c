// The peer of durable appends: rows in SQLite, WAL mode, synchronous FULL, prepared statement.

#include "Floors.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int run(sqlite3 *store, const char *text) { return sqlite3_exec(store, text, 0, 0, 0); }

static void drop(const char *path) {
    char name[4096];
    unlink(path);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s%s", path, i ? "-wal" : "-shm");
        unlink(name);
    }
}

static int commit(sqlite3 *store, sqlite3_stmt *insert, const char *row, int bytes, int group) {
    if (run(store, "BEGIN IMMEDIATE")) return 1;
    for (int i = 0; i < group; i++) {
        sqlite3_bind_blob(insert, 1, row, bytes, SQLITE_STATIC);
        if (sqlite3_step(insert) != SQLITE_DONE) return 1;
        sqlite3_reset(insert);
    }
    return run(store, "COMMIT");
}

double floor_sqlite(
    const char *path, int payload_bytes, int group, int groups, double *laps) {
    sqlite3 *store = 0;
    sqlite3_stmt *insert = 0;
    char *row = calloc(1, (size_t)payload_bytes);
    double took = -1;
    drop(path);
    if (row && !sqlite3_open(path, &store) && !run(store, "PRAGMA journal_mode=WAL")
        && !run(store, "PRAGMA synchronous=FULL")
        && !run(store, "CREATE TABLE log(position INTEGER PRIMARY KEY, payload BLOB)")
        && !sqlite3_prepare_v2(
            store, "INSERT INTO log(payload) VALUES (?)", -1, &insert, 0)) {
        double start = now(), begin = start;
        int done = 0;
        for (; done < groups; done++) {
            memset(row, done, (size_t)payload_bytes);
            if (commit(store, insert, row, payload_bytes, group)) break;
            double end = now();
            laps[done] = end - begin;
            begin = end;
        }
        if (done == groups) took = now() - start;
    }
    sqlite3_finalize(insert);
    sqlite3_close(store);
    drop(path);
    free(row);
    return took;
}
