// The settings file that `aura init` writes: every key with its default, as a comment.
//
// Keys stand commented out, so that a later release may change a default for everybody who
// never chose a value. A test reads the text back, both as written and with the marks removed.

extension LiveConfiguration {
    /// The text of a new `live.toml`.
    ///
    /// - Parameters:
    ///   - mothership: the address to write; nil leaves the default as a comment.
    ///   - room: the room to write; nil leaves the repository id in force.
    public static func defaultText(
        mothership: MothershipAddress? = nil, room: String? = nil
    ) -> String {
        let addressLine =
            mothership.map { "mothership = \"\($0)\"" }
            ?? "# mothership = \"\(LiveConfiguration().mothership)\""
        let roomLine =
            room.map { "room = \"\($0)\"" } ?? "# room = \"\"   (default: the repository id)"
        return """
            # Settings of live sync for this working copy. Lines in comments show the defaults.
            # Unknown keys and values out of range are refused with their line number.

            [live]
            # Where the Mothership listens: ws:// or wss://, host and port.
            \(addressLine)
            # The room to join; peers in one room see each other's functions.
            \(roomLine)
            # What happens when this working copy leaves its branch.
            # branch_policy = "pause"

            [live.selective]
            # Globs with forward slashes: ** any folders, * and ? inside a name, [a-z], {a,b}.
            # Order does not matter; an excluded file is out even when it is included.
            # Default of include: every file in a language that can be parsed.
            # include = ["src/**"]
            # Added to the built-in list (build output, vendored and generated code).
            # exclude = []
            # Files without a grammar that travel as a whole.
            # whole_files = []

            [live.debug]
            # More detail in the log; never source text.
            # verbose_logs = false
            # trace, debug, info, warn or error.
            # log_level = "info"
            # retain_log_days = 7

            [live.scan]
            # Milliseconds between looks at the tree, beside file-system events.
            # tick_ms = 5000
            # Every so many ticks all files are compared.
            # full_every = 60

            [live.wal]
            # Size of one log segment, 1 to 64 MiB.
            # segment_bytes = 8388608
            # always, or batch:N to sync every N milliseconds (up to that much may be lost).
            # fsync = "always"

            [live.presence]
            # Seconds between signs of life; the window must be at least three of them.
            # heartbeat_s = 30
            # window_s = 90
            # ping_s = 10

            """
    }
}
