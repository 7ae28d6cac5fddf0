// Lays git's index beside the working copy. A file with the very status that git kept is unchanged,
// and a name that the index has is tracked: neither is git asked about such a file, nor is it read.
// What is left over is for git to judge; mostly that is little or nothing.

import CLinux
import Glibc
import Support

/// What the index alone does not decide.
struct OpenNames: Hashable, Sendable {
    /// Tracked names whose file is gone, has another status, or was written too late to say.
    var tracked: [String] = []
    /// Files and folders that the index does not have; a folder stands for all in it.
    var unknown: [String] = []

    var count: Int { tracked.count + unknown.count }
}

struct IndexWalk {
    /// More names than this are not worth collecting: git compares each with every tracked name, and
    /// looks at everything in one go in less time.
    private static let openMax = 200
    /// So long a list of arguments every system takes.
    private static let openBytesMax = 64 << 10
    /// Fewer entries than this are compared sooner than a thread starts.
    private static let sharedMin = 1000

    private let index: GitIndex
    private let text: UnsafeRawBufferPointer
    /// When the index was written, on the clock of its file system: a file that was written no earlier
    /// may have been written once more since, within the same tick of that clock.
    private let written: Int64
    private var open = OpenNames()
    private var openBytes = 0
    /// Whether git has to look at everything.
    private var isOver = false
    /// Whether another thread has a share of the work.
    private var isShared = false

    /// - Parameter written: nanoseconds since 1970.
    /// - Returns: nil when there is too much to ask, or something that cannot be looked at.
    static func run(_ index: GitIndex, written: Int64, root: String) -> OpenNames? {
        let folder = Glibc.open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return nil }
        defer { close(folder) }
        return index.bytes.withUnsafeBytes { text in
            var walk = IndexWalk(index, text, written)
            walk.read(folder, "", index.entries.indices)
            return walk.isOver ? nil : walk.open
        }
    }

    private init(_ index: GitIndex, _ text: UnsafeRawBufferPointer, _ written: Int64) {
        (self.index, self.text, self.written) = (index, text, written)
    }

    /// A folder, and the entries in it; another repository has none.
    private struct Child: Sendable {
        /// Among the bytes of the index.
        let name: Range<Int>
        let entries: Range<Int>
    }

    /// What the index has directly in one folder, both sorted by name.
    private struct Children {
        /// Numbers of entries.
        var files: [Int] = []
        var folders: [Child] = []
    }

    /// Compares a folder, and all below, with the entries whose names begin with its path.
    ///
    /// - Parameter path: ends with a slash, unless it is the root.
    private mutating func read(_ folder: Int32, _ path: String, _ entries: Range<Int>) {
        let start = path.utf8.count
        let children = children(of: entries, from: start)
        for number in children.files where !isProven(index.entries[number], start, in: folder) {
            leaveOpen(tracked: number)
        }
        list(folder, path, children)
        if let halves = halves(of: children.folders, entries.count) {
            share(halves.first, halves.second, in: folder, path)
        } else {
            enter(children.folders[...], in: folder, path)
        }
    }

    private mutating func share(
        _ mine: ArraySlice<Child>, _ others: ArraySlice<Child>, in folder: Int32, _ path: String
    ) {
        isShared = true
        let other = Meanwhile { [index, written] () throws(Never) in
            index.bytes.withUnsafeBytes { text in
                var walk = IndexWalk(index, text, written)
                walk.isShared = true
                walk.enter(others, in: folder, path)
                return walk.isOver ? nil : walk.open
            }
        }
        enter(mine, in: folder, path)
        let found = other.value()
        open.tracked += found?.tracked ?? []
        open.unknown += found?.unknown ?? []
        if found == nil || open.count > Self.openMax { isOver = true }
    }

    /// Two shares for two threads; nil where that is not worth a thread, or one folder has nearly
    /// everything.
    private func halves(
        of folders: [Child], _ count: Int
    ) -> (first: ArraySlice<Child>, second: ArraySlice<Child>)? {
        guard !isShared, count >= Self.sharedMin else { return nil }
        var (cut, sum) = (0, 0)
        while cut < folders.count, sum < count / 2 {
            sum += folders[cut].entries.count
            cut += 1
        }
        guard sum <= count * 3 / 4 else { return nil }
        return (folders[..<cut], folders[cut...])
    }

    private func children(of entries: Range<Int>, from start: Int) -> Children {
        var children = Children()
        var next = entries.lowerBound
        while next < entries.upperBound {
            let place = index.entries[next].name
            let rest = place.lowerBound + start..<place.upperBound
            if let slash = text.part(rest).firstIndex(of: UInt8(ascii: "/")) {
                let name = rest.lowerBound..<rest.lowerBound + slash
                let end = endOfFolder(
                    text.part(name.lowerBound..<name.upperBound + 1), after: next, start, entries)
                children.folders.append(Child(name: name, entries: next..<end))
                next = end
            } else {
                if index.entries[next].isLink {
                    children.folders.append(Child(name: rest, entries: next..<next))
                }
                children.files.append(next)
                next += 1
            }
        }
        // In the index a folder stands where its name and a slash belong.
        children.folders.sort { text.part($0.name).order(before: text.part($1.name)) < 0 }
        return children
    }

    private func name(of number: Int, from start: Int) -> UnsafeRawBufferPointer {
        let whole = index.entries[number].name
        return text.part(whole.lowerBound + start..<whole.upperBound)
    }

    /// The entries of one folder stand side by side.
    private func endOfFolder(
        _ name: UnsafeRawBufferPointer, after first: Int, _ start: Int, _ entries: Range<Int>
    ) -> Int {
        var (low, high) = (first + 1, entries.upperBound)
        while low < high {
            let middle = (low + high) / 2
            let other = self.name(of: middle, from: start)
            let isInside = other.part(0..<min(name.count, other.count)).order(before: name) == 0
            if isInside { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether the file of an entry has the status that git kept of it.
    private func isProven(_ entry: GitIndex.Entry, _ start: Int, in folder: Int32) -> Bool {
        var status = aura_file_status()
        let name = text.baseAddress?.advanced(by: entry.name.lowerBound + start)
        // A NUL ends it in the index as well.
        guard entry.marks.isEmpty, let name = name?.assumingMemoryBound(to: CChar.self),
            aura_status_at(folder, name, &status) == 0
        else { return false }
        // A folder is all that another repository is from here.
        if entry.isLink { return status.mode & UInt32(S_IFMT) == UInt32(Glibc.S_IFDIR) }
        return GitIndex.Status(status) == entry.status
            && max(entry.status.modified, entry.status.changed) < written
    }

    private mutating func leaveOpen(tracked number: Int) {
        // Nobody asks for a name that is no text.
        guard let name = index.text(index.entries[number]) else { return }
        // A name in conflict stands there once for each side.
        if open.tracked.last == name { return }
        open.tracked.append(name)
        pay(for: name)
    }

    private mutating func leaveOpen(unknown name: UnsafeRawBufferPointer, in path: String) {
        guard let name = String(validating: name, as: UTF8.self) else { return }
        open.unknown.append(path + name)
        pay(for: path + name)
    }

    private mutating func pay(for name: String) {
        openBytes += name.utf8.count
        if open.count > Self.openMax || openBytes > Self.openBytesMax { isOver = true }
    }

    /// Looks for names that the index does not have.
    private mutating func list(_ folder: Int32, _ path: String, _ children: Children) {
        let failure = FolderEntries.read(from: folder) { entry in
            switch entry.type {
            case Int32(DT_REG), Int32(DT_LNK):
                let isTracked = children.files.hasSorted {
                    entry.name.order(before: name(of: $0, from: path.utf8.count))
                }
                if !isTracked && !entry.name.elementsEqual(".git".utf8) {
                    leaveOpen(unknown: entry.name, in: path)
                }
            case Int32(DT_DIR):
                let isTracked = children.folders.hasSorted {
                    entry.name.order(before: text.part($0.name))
                }
                if !isTracked && !isOurs(entry.name, path) {
                    leaveOpen(unknown: entry.name, in: path)
                }
            // Only a file system that does not tell types needs a look at each.
            case Int32(DT_UNKNOWN): isOver = true
            // Git takes no other kind.
            default: break
            }
            return !isOver
        }
        if failure != nil { isOver = true }
    }

    /// Git's folder, and the one where this program keeps what is nobody's change.
    private func isOurs(_ name: UnsafeRawBufferPointer, _ path: String) -> Bool {
        name.elementsEqual(".git".utf8)
            || path.isEmpty && name.elementsEqual(Workspace.auraName.utf8)
    }

    private mutating func enter(
        _ folders: ArraySlice<Child>, in parent: Int32, _ path: String
    ) {
        for child in folders where !isOver && !child.entries.isEmpty {
            // Below a name that is no text there is none either.
            guard let name = String(validating: text.part(child.name), as: UTF8.self) else {
                continue
            }
            let folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard folder >= 0 else {
                for number in child.entries where !isOver { leaveOpen(tracked: number) }
                continue
            }
            defer { close(folder) }
            read(folder, path + name + "/", child.entries)
        }
    }
}

extension GitIndex.Status {
    fileprivate init(_ status: aura_file_status) {
        let type = status.mode & UInt32(S_IFMT)
        // Of a regular file git keeps whether its owner may execute it, of a link nothing.
        let rights: UInt32 =
            type != UInt32(Glibc.S_IFREG) ? 0 : status.mode & UInt32(S_IXUSR) != 0 ? 0o755 : 0o644
        self.init(
            modified: status.modified_ns, changed: status.changed_ns,
            inode: UInt32(truncatingIfNeeded: status.inode),
            size: UInt32(truncatingIfNeeded: status.size), mode: type | rights)
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func part(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[range])
    }

    /// Below zero when this stands before the other, zero when they are the same.
    func order(before other: UnsafeRawBufferPointer) -> Int {
        let shared = Swift.min(count, other.count)
        guard shared > 0, let mine = baseAddress, let theirs = other.baseAddress else {
            return count - other.count
        }
        let order = Int(memcmp(mine, theirs, shared))
        return order == 0 ? count - other.count : order
    }
}

extension Array {
    /// Whether a sorted array has an element for which `order` is zero.
    fileprivate func hasSorted(_ order: (Element) -> Int) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let found = order(self[middle])
            if found == 0 { return true }
            if found < 0 { high = middle } else { low = middle + 1 }
        }
        return false
    }
}
