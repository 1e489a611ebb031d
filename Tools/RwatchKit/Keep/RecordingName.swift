import RedisPOSIX

/// The name of a recording's parts: a path whose last component may contain the time at which a part begins, as
/// strftime writes it: `%Y %m %d %H %M %S %y %j %s %F`, and `%%`.
///
/// A part whose name is taken gets a number before its extension, so that no file is ever replaced: `events.log`,
/// `events.1.log`.
package struct RecordingName: Sendable, Hashable {
    enum Piece: Hashable, Sendable {
        case text([UInt8])
        /// A letter of strftime.
        case time(UInt8)
    }

    /// What a part that is being written has behind its name.
    static let openSuffix = Array(".part".utf8)
    /// What a compressed part has behind its name.
    static let compressedSuffix = Array(".gz".utf8)

    /// The name as it was given, for people.
    package let text: String
    /// The path of the folder, with the slash behind it; empty for the current one.
    let folder: [UInt8]
    private let stem: [Piece]
    /// From the last dot on, if it stands behind the last time.
    private let ending: [UInt8]

    /// Reads a name.
    ///
    /// - Throws: `RecordingNameError` when there is no name, a letter is not known, or a time stands in a folder's
    ///   name.
    package init(_ path: [UInt8]) throws(RecordingNameError) {
        self.text = String(decoding: path, as: UTF8.self)
        let slash = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        folder = Array(path[..<slash])
        if folder.contains(UInt8(ascii: "%")) { throw .timeInFolder }
        if path.contains(0) { throw .noName }
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = path[slash...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                text.append(byte)
                continue
            }
            let offset = rest.startIndex - 1
            guard let letter = rest.popFirst() else { throw .unknownLetter("%", at: offset) }
            guard letter != UInt8(ascii: "%") else {
                text.append(letter)
                continue
            }
            guard Self.width(of: letter) != nil else {
                throw .unknownLetter("%\(String(decoding: [letter], as: UTF8.self))", at: offset)
            }
            if !text.isEmpty { pieces.append(.text(exchange(&text, with: []))) }
            pieces.append(.time(letter))
        }
        guard !pieces.isEmpty || !text.isEmpty else { throw .noName }
        // A dot at the beginning hides a file and begins no extension.
        let isAlone = pieces.isEmpty
        if let dot = text.lastIndex(of: UInt8(ascii: ".")), !(isAlone && dot == 0) {
            ending = Array(text[dot...])
            text.removeSubrange(dot...)
        } else {
            ending = []
        }
        if !text.isEmpty { pieces.append(.text(text)) }
        stem = pieces
    }

    /// The path of a part.
    ///
    /// - Parameters:
    ///   - seconds: When the part begins, in seconds since 1970-01-01 00:00:00 UTC.
    ///   - isUTC: Whether the name tells the time in UTC, and not in the zone of the process.
    ///   - number: Which of the parts of that name it is; the first, 0, has no number in its name.
    /// - Returns: The path, in bytes.
    package func path(at seconds: Int64, isUTC: Bool = false, number: Int) -> [UInt8] {
        var path = folder
        for piece in stem {
            switch piece {
            case .text(let text): path += text
            case .time(let letter): path += Self.digits(letter, seconds, isUTC)
            }
        }
        if number > 0 { path += ".\(number)".utf8 }
        return path + ending
    }

    /// Renames a part that is whole from the name of an open one.
    ///
    /// - Returns: Its own path; with a number if something else has taken that meanwhile.
    func giveOwnName(to open: [UInt8]) throws(RedisSystemError) -> [UInt8] {
        let own = Array(open.dropLast(Self.openSuffix.count))
        var path = own
        var number = 1
        while true {
            if !Self.isTaken(path) {
                do throws(RedisSystemError) {
                    try FilePath.rename(open, to: path)
                    return path
                } catch { guard error.code == EEXIST else { throw error } }
            }
            path = own.dropLast(ending.count) + ".\(number)".utf8 + ending
            number += 1
        }
    }

    /// Whether a part, plain or compressed, has this path.
    static func isTaken(_ path: [UInt8]) -> Bool {
        FilePath.exists(path) || FilePath.exists(path + compressedSuffix)
    }

    /// Whether a file of the folder with this name may be a part of this recording, written whole.
    package func matches(_ name: [UInt8]) -> Bool {
        var rest = name[...]
        for piece in stem {
            switch piece {
            case .text(let text):
                guard rest.starts(with: text) else { return false }
                rest = rest.dropFirst(text.count)
            case .time(let letter):
                guard let length = Self.width(of: letter).flatMap({ Self.length(of: $0, in: rest) }) else {
                    return false
                }
                rest = rest.dropFirst(length)
            }
        }
        if let number = Self.numberLength(in: rest), Self.isEnd(rest.dropFirst(number), ending) { return true }
        return Self.isEnd(rest, ending)
    }

    private static func isEnd(_ rest: ArraySlice<UInt8>, _ ending: [UInt8]) -> Bool {
        rest.elementsEqual(ending) || rest.elementsEqual(ending + compressedSuffix)
    }

    /// The length of `.1` and its like.
    private static func numberLength(in rest: ArraySlice<UInt8>) -> Int? {
        guard rest.first == UInt8(ascii: ".") else { return nil }
        let digits = rest.dropFirst().prefix { $0 &- UInt8(ascii: "0") < 10 }.count
        return digits > 0 ? digits + 1 : nil
    }

    // MARK: Letters

    private enum Width {
        case digits(Int)
        case anyDigits
        /// A date: `2026-11-30`.
        case date
    }

    private static func width(of letter: UInt8) -> Width? {
        switch letter {
        case UInt8(ascii: "Y"): .digits(4)
        case UInt8(ascii: "m"), UInt8(ascii: "d"), UInt8(ascii: "H"), UInt8(ascii: "M"), UInt8(ascii: "S"),
            UInt8(ascii: "y"):
            .digits(2)
        case UInt8(ascii: "j"): .digits(3)
        case UInt8(ascii: "s"): .anyDigits
        case UInt8(ascii: "F"): .date
        default: nil
        }
    }

    private static func length(of width: Width, in rest: ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }.count
        switch width {
        case .digits(let count): return digits >= count ? count : nil
        case .anyDigits: return digits > 0 ? digits : nil
        case .date:
            let form = rest.prefix(10).map { $0 &- UInt8(ascii: "0") < 10 ? UInt8(ascii: "0") : $0 }
            return form.elementsEqual("0000-00-00".utf8) ? 10 : nil
        }
    }

    private static func digits(_ letter: UInt8, _ seconds: Int64, _ isUTC: Bool) -> [UInt8] {
        // strftime would take the fields of UTC for local ones.
        letter == UInt8(ascii: "s") ? Array("\(seconds)".utf8) : CalendarTime.text(letter, at: seconds, isUTC: isUTC)
    }
}

/// Why a text is no name of a recording.
package enum RecordingNameError: Error, Hashable, CustomStringConvertible {
    /// The path ends with a slash, is empty, or contains a byte of zero.
    case noName
    /// A letter behind `%` that stands for nothing here, and at which byte of the path.
    case unknownLetter(String, at: Int)
    /// A time in the path of the folder.
    case timeInFolder

    package var description: String {
        switch self {
        case .noName: "this names no file"
        case .unknownLetter(let letter, at: _):
            "\(letter) is not known; a name may contain %Y %m %d %H %M %S %y %j %s %F, and %% for a percent sign"
        case .timeInFolder: "a time may stand in the name of the file, not in that of its folder"
        }
    }
}
