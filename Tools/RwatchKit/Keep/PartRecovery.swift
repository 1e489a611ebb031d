import RedisPOSIX
import RedisReactor

/// What a killed process has left of a recording: parts that still have the name of an open one, whose last line may be
/// cut.
struct PartRecovery {
    /// A part that was given its own name.
    struct Recovered: Hashable {
        let path: [UInt8]
        /// How many bytes of a cut line were removed.
        let removed: Int
    }

    let name: RecordingName
    /// What ends each line.
    let terminator: [UInt8]

    /// Looks through the folder, and brings each abandoned part into order. Files that another process has open are
    /// left alone.
    func recover() throws(RedisSystemError) -> [Recovered] {
        let folder = name.folder.isEmpty ? Array(".".utf8) : name.folder
        var recovered: [Recovered] = []
        for entry in try FilePath.names(in: folder) where entry.hasSuffix(RecordingName.openSuffix) {
            guard name.matches(Array(entry.dropLast(RecordingName.openSuffix.count))) else { continue }
            guard let part = try recover(name.folder + entry) else { continue }
            recovered.append(part)
        }
        return recovered
    }

    private func recover(_ path: [UInt8]) throws(RedisSystemError) -> Recovered? {
        let own = Array(path.dropLast(RecordingName.openSuffix.count))
        do throws(RedisSystemError) {
            let file = try OutputFile(abandoned: path)
            // The plain part is still there when a compressed one was not finished.
            guard !own.hasSuffix(RecordingName.compressedSuffix) else {
                try FilePath.remove(path)
                return nil
            }
            let size = file.size
            let whole = try wholeSize(of: file, size)
            guard whole > 0 else {
                try FilePath.remove(path)
                return nil
            }
            let removed = size - whole
            try file.truncate(to: whole)
            try file.synchronize()
            return Recovered(path: try name.giveOwnName(to: path), removed: removed)
        } catch {
            guard error.code == EWOULDBLOCK || error.code == ENOENT else { throw error }
            return nil
        }
    }

    /// How many bytes there are up to the end of the last whole line.
    private func wholeSize(of file: borrowing OutputFile, _ size: Int) throws(RedisSystemError) -> Int {
        guard !terminator.isEmpty else { return size }
        var end = size
        while end > 0 {
            // The pieces overlap, because a terminator may lie across their edge.
            let start = max(0, end - 64 << 10)
            let bytes = try file.read(min(end - start + terminator.count - 1, size - start), from: start)
            if let last = bytes.lastEnd(of: terminator) { return start + last }
            end = start
        }
        return 0
    }
}

extension [UInt8] {
    func hasSuffix(_ other: [UInt8]) -> Bool {
        count >= other.count && self[(count - other.count)...].elementsEqual(other)
    }

    /// The index behind the last occurrence of a text.
    fileprivate func lastEnd(of text: [UInt8]) -> Int? {
        var start = count - text.count
        while start >= 0 {
            if self[start..<(start + text.count)].elementsEqual(text) { return start + text.count }
            start -= 1
        }
        return nil
    }
}
