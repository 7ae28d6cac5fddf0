// Memory that a burst of work gives back and takes again at once.

import CLinux

/// What the C library does with freed memory.
public enum KeptMemory {
    /// From now on this process keeps what it frees instead of giving it back to the kernel.
    ///
    /// For a program that works through a lot in large pieces and ends: a twentieth of its time goes
    /// into pages that it gave away a moment before. Not for one that runs on.
    public static func keepFreed() { aura_keep_freed_memory() }
}
