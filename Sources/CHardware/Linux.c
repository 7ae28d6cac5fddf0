// Linux calls and flags that need _GNU_SOURCE.

#define _GNU_SOURCE
#include "CHardware.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>

int aura_flag_direct(void) { return O_DIRECT; }
int aura_flag_no_atime(void) { return O_NOATIME; }

int aura_lock_exclusive(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int aura_unlock(int descriptor) {
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
    return fcntl(descriptor, F_OFD_SETLK, &lock);
}

int aura_lock_is_held(int descriptor) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0) return -1;
    return lock.l_type != F_UNLCK;
}

int aura_reserve(int descriptor, int64_t offset, int64_t length) {
    return fallocate(descriptor, FALLOC_FL_KEEP_SIZE, offset, length);
}

uint32_t aura_file_system_type(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (uint32_t)status.f_type : 0;
}

int aura_exchange(const char *first, const char *second) {
    return renameat2(AT_FDCWD, first, AT_FDCWD, second, RENAME_EXCHANGE);
}

int aura_rename_new(int folder, const char *source, int target_folder, const char *target) {
    return renameat2(folder, source, target_folder, target, RENAME_NOREPLACE);
}
