// What the torture of logs asks of Linux and Swift cannot say. In no product.
#pragma once

/// Cuts the ext4 file system of an open folder off from its disk at once: nothing that was not
/// synced gets there any more, as after a power cut. 0, or -1 and errno.
int torture_cut_power(int folder);
