// What a process did to the files of a log, as the kernel saw it, on a disk that forgets.

struct CutDisk {
    private let folder: String
    private var disk = VolatileDisk()
    /// Answers that were printed before the cut.
    private(set) var lines: [String] = []

    init(folder: String) { self.folder = folder }

    /// A path below the log's folder, as the disk knows it; nil for other files.
    private func local(_ path: String?) -> String? {
        guard let path, path.hasPrefix(folder + "/") else { return nil }
        return path
    }

    mutating func take(_ call: TracedCall) {
        guard call.error == nil else { return }
        let file = local(call.paths.first).flatMap(disk.file(at:))
        switch call.name {
        case "openat":
            guard let path = local(call.named(0)), call.arguments.contains("O_CREAT"),
                disk.file(at: path) == nil
            else { return }
            _ = disk.create(path)
        case "pwrite64", "write":
            guard let bytes = call.strings.first else { return }
            if let file {
                let offset = call.name == "write" ? 0 : call.numbers.last ?? 0
                disk.write(Array(bytes.prefix(call.result)), to: file, at: offset)
            } else {
                lines += String(decoding: bytes, as: UTF8.self).split(separator: "\n")
                    .map(String.init)
            }
        case "ftruncate":
            if let file, let size = call.numbers.last { disk.resize(file, to: size) }
        case "fallocate":
            if let file, let size = call.numbers.last, !call.arguments.contains("KEEP_SIZE") {
                disk.resize(file, to: size)
            }
        case "fsync", "fdatasync":
            if let file {
                disk.sync(file)
            } else if let path = call.paths.first, path == folder || local(path) != nil {
                disk.syncNames(of: path)
            }
        case "renameat", "renameat2":
            if let source = local(call.named(0)), let target = local(call.named(1)) {
                disk.rename(source, to: target)
            }
        case "unlinkat":
            if let path = local(call.named(0)), disk.file(at: path) != nil { disk.remove(path) }
        default: break
        }
    }

    /// What the log's folder shows after a cut, by the names below it.
    func afterCut(_ random: inout some RandomNumberGenerator) -> [String: [UInt8]] {
        let left = disk.afterCut(&random)
        return Dictionary(
            uniqueKeysWithValues: left.paths.compactMap { path in
                left.file(at: path).map {
                    (String(path.dropFirst(folder.count + 1)), left.bytes(of: $0))
                }
            })
    }
}
