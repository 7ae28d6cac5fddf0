// What looks like the name of a person or a machine and is a program's: classes, units, routes,
// folders of sources, states, images.

extension Scanner {
    // MARK: - Machines

    private static let packageRoots: Set<String> = ["java", "javax", "jdk", "System", "Microsoft"]
    private static let frameworks: Set<String> = ["ASP.NET", "ADO.NET", "VB.NET"]

    /// `java.net.ConnectException` and `jdk.internal.reflect.X`: the first words of a class; the suffix
    /// of a host stands at `dot..<end`. Another word must follow, and a capital somewhere.
    func isClassName(_ first: Int, _ dot: Int, _ end: Int) -> Bool {
        if Self.frameworks.contains(text.string(first, end)) { return true }
        guard text[end] == 46, Byte.isLetter(text[end + 1]) else { return false }
        let root = text.skip(first, limit: 16, while: Byte.isLetter)
        let name = text.string(first, root)
        let isNet = text.has("net", at: dot + 1, folded: true)
        let isRoot = Self.packageRoots.contains(name) || name == "sun" && isNet
        guard isRoot, isNet || text.has("internal", at: dot + 1, folded: true) else { return false }
        let stop = text.skip(end, limit: 160) { Byte.isWord($0) || $0 == 46 || $0 == 36 }
        return (end..<stop).contains { text[$0] == 46 && Byte.isUpper(text[$0 + 1]) }
    }

    private static let hostStates: Set<String> = [
        "fail", "offline", "online", "stopped", "stopping", "running", "starting", "reachable",
        "unreachable", "connected", "disconnected", "connecting", "reconnecting", "refused",
        "healthy", "unhealthy", "timeout", "warn", "warning", "info", "skip", "skipped", "crashed",
        "timed", "degraded", "ready", "draining",
    ]
    private static let serverSoftware: Set<String> = [
        "nginx", "apache", "cloudflare", "envoy", "uvicorn", "kestrel", "gunicorn", "caddy",
        "openresty", "istio-envoy",
    ]

    /// How a machine is, or the program that answers for it.
    func isNoHost(_ word: String, _ value: KeyedValue, _ place: KeyPlace) -> Bool {
        guard value.separator == 58 else { return false }
        if Self.hostStates.contains(word) { return true }
        let isServer =
            place.end - place.start == 6 && text.has("server", at: place.start, folded: true)
        return isServer && Self.serverSoftware.contains(word)
    }

    private static let imageSchemes: Set<String> = [
        "containerd", "docker", "docker-pullable", "cri-o",
    ]

    /// `containerd://3f49…`, `docker://sha256:…`, `docker-pullable://nginx@sha256:…`: what names an image
    /// or a container, and no host.
    func isImage(_ scheme: Int, _ mark: Int, _ start: Int) -> Bool {
        guard Self.imageSchemes.contains(text.string(scheme, mark)) else { return false }
        if text.has("sha256:", at: start) { return true }
        let end = text.skip(start, limit: 128, while: Byte.isWord)
        if text.has("@sha256:", at: end) { return true }
        return end - start == 64 && text.skip(start, limit: 64, while: Byte.isHex) == end
    }

    // MARK: - Versions

    private static let browsers: Set<String> = [
        "Chrome", "Chromium", "CriOS", "HeadlessChrome", "Edg", "EdgA", "OPR", "Opera", "Vivaldi",
        "YaBrowser", "Electron", "SamsungBrowser",
    ]

    /// `Chrome/126.0.0.0`; behind a blank only with the zeros that addresses do not end in.
    func isBrowser(_ start: Int, _ end: Int) -> Bool {
        let sign = text[start - 1]
        guard sign == 47 || sign == 32 && text.has(".0.0", at: end - 4) else { return false }
        let name = text.back(start - 1, limit: 20, while: Byte.isLetter)
        return text[name - 1] != 47 && Self.browsers.contains(text.string(name, start - 1))
    }

    // MARK: - People

    /// What systemd calls its units by: `user@1000.service` is no address.
    static let units: Set<String> = [
        "service", "socket", "slice", "timer", "mount", "target", "scope", "path", "swap",
        "automount", "device",
    ]

    private static let routes: Set<String> = [
        "me", "new", "edit", "search", "sign_in", "sign_up", "sign_out", "login", "logout",
        "profile",
        "settings", "current", "list",
    ]

    /// `/users/me`: what services offer below the list of their users.
    func isRoute(_ start: Int, _ first: Int, _ stop: Int) -> Bool {
        text.has("/users/", at: start - 7) && Self.routes.contains(text.string(first, stop))
    }

    private static let sourceFolders: Set<String> = [
        "src", "pages", "Sources", "components", "features", "screens", "views", "routes",
    ]
    private static let sourceSuffixes: Set<String> = [
        "rs", "swift", "ts", "tsx", "js", "jsx", "mjs", "py", "go", "java", "kt", "rb", "c", "h",
        "cc", "cpp", "hpp", "cs", "php", "vue", "svelte", "html", "css", "scss",
    ]

    /// `src/home/mod.rs`: a file of sources below a folder that is called so, in a path from where
    /// somebody stands.
    func isSource(_ start: Int, _ first: Int, _ stop: Int) -> Bool {
        let begin = text.back(start, limit: 256, while: Self.holdsPath)
        let root = text.skip(begin, limit: 32, while: Byte.isWord)
        guard text[root] == 47, root > begin else { return false }
        let path = text.skip(first, limit: 256, while: Self.holdsPath)
        // `backup/home/ada/x.rs`: only where sources are kept may folders follow.
        guard
            text.first(47, from: first, to: path) == path
                || Self.sourceFolders.contains(text.string(begin, root))
        else { return false }
        let last = text.back(path, limit: path - first) { Byte.isAlnum($0) }
        return last > first && text[last - 1] == 46
            && Self.sourceSuffixes.contains(text.string(last, path))
    }

    private static func holdsPath(_ byte: UInt8) -> Bool {
        Byte.isWord(byte) || byte == 46 || byte == 47
    }

    /// `server: starting up`: another word of a sentence follows.
    func isProse(_ end: Int) -> Bool {
        guard text[end] == 32 else { return false }
        let word = text.skip(end + 1, limit: 40, while: Byte.isLower)
        return word > end + 2 && text[word] != 61 && text[word] != 58
    }
}
