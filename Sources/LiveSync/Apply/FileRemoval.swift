// Taking a source file away: it is moved aside, never unlinked.

import Glibc
import Support

extension FileWriter {
    /// Moves a file that holds exactly `expected` into the quarantine.
    public func remove(
        _ path: String, expecting expected: ContentDigest
    ) throws(ApplyFailure) -> QuarantinedFile {
        let folder = try parent(of: path)
        let target = try TargetFile.open(path, in: folder, now: clock.now)
        try target.requireContent(expected, in: folder)
        observer(.compared)
        let quarantine = Quarantine(folder: quarantineFolder, clock: clock)
        let file: QuarantinedFile
        do throws(ErrorNumber) {
            file = try quarantine.take(
                target.name, in: folder,
                origin: .init(
                    path: path, digest: expected, takenAt: clock.now,
                    mode: target.status.st_mode & 0o7777, cause: "removed"))
        } catch {
            throw failure(path, error, folder, target.descriptor)
        }
        observer(.renamed)
        try requireExpected(file, expected, target.name, folder)
        removeEmptied(above: path)
        return file
    }

    /// Takes away the folders that a removal left empty, as git does: one would stand in the way of a
    /// file of its name.
    private func removeEmptied(above path: String) {
        var emptied = PathName.parent(of: path)
        while emptied != ".", emptied != "/" {
            // A folder that cannot be taken, above all one that holds something, stays.
            guard let folder = try? parent(of: emptied),
                unlinkat(folder.descriptor, PathName.last(of: emptied), AT_REMOVEDIR) == 0
            else { return }
            emptied = PathName.parent(of: emptied)
        }
    }

    /// A save between the comparison and the move is given back.
    private func requireExpected(
        _ file: QuarantinedFile, _ expected: ContentDigest, _ name: String,
        _ folder: borrowing FolderHandle
    ) throws(ApplyFailure) {
        let moved: ContentDigest
        do throws(SystemFailure) {
            moved = ContentDigest.of(try FileAccess.read(file.contentPath, limit: Int.max))
        } catch {
            throw ApplyFailure(path: file.origin.path, why: .ioError(error.code))
        }
        if moved == expected { return }
        do throws(ErrorNumber) {
            try Quarantine(folder: quarantineFolder, clock: clock)
                .giveBack(file, as: name, in: folder)
            try folder.syncOrThrow()
        } catch {
            // The name is taken again by a newer save; this one stays listed in the quarantine.
            throw ApplyFailure(path: file.origin.path, why: .changedUnderneath)
        }
        throw ApplyFailure(path: file.origin.path, why: .changedUnderneath)
    }
}

extension FolderHandle {
    fileprivate func syncOrThrow() throws(ErrorNumber) {
        do throws(SystemFailure) { try sync() } catch { throw ErrorNumber(error.code) }
    }
}
