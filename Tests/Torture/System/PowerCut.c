#include "CTorture.h"

#include <stdint.h>
#include <sys/ioctl.h>

/* EXT4_IOC_SHUTDOWN and EXT4_GOING_FLAGS_NOLOGFLUSH stand in fs/ext4/ext4.h of the kernel; not every
   machine has them among the headers for programs. */
int torture_cut_power(int folder) {
    uint32_t flags = 2;
    return ioctl(folder, _IOR('X', 125, uint32_t), &flags);
}
