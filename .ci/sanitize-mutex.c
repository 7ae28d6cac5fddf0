// Shows the thread sanitizer the slow paths of Swift's Mutex, which its library has without
// instrumentation: whoever gets the lock there has seen what the one who let it go had written.
//
// Loaded before the program by .ci/sanitize. The quick paths are inlined into the program, and
// instrumented with it.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t state, SELF void *handle) __asm__(LOCK);
SWIFT void lock_slow(uint32_t state, SELF void *handle) {
    SWIFT void (*next)(uint32_t, SELF void *) = dlsym(RTLD_NEXT, LOCK);
    next(state, handle);
    if (__tsan_acquire) __tsan_acquire(handle);
}

SWIFT _Bool try_lock_slow(SELF void *handle) __asm__(TRY_LOCK);
SWIFT _Bool try_lock_slow(SELF void *handle) {
    SWIFT _Bool (*next)(SELF void *) = dlsym(RTLD_NEXT, TRY_LOCK);
    _Bool got = next(handle);
    if (got && __tsan_acquire) __tsan_acquire(handle);
    return got;
}

SWIFT void unlock_slow(SELF void *handle) __asm__(UNLOCK);
SWIFT void unlock_slow(SELF void *handle) {
    if (__tsan_release) __tsan_release(handle);
    SWIFT void (*next)(SELF void *) = dlsym(RTLD_NEXT, UNLOCK);
    next(handle);
}
