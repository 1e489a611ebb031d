import RedisRESP

/// An event for a command: variables of the environment, and the input. In a chunk of the output both stand as
/// netstrings, the variables as `NAME=value` with a zero byte behind each.
package struct JobRecord: Sendable, Equatable {
    package var variables: [(name: String, value: [UInt8])]
    package var input: [UInt8]

    package static func == (left: JobRecord, right: JobRecord) -> Bool {
        left.input == right.input && left.variables.elementsEqual(right.variables) { $0 == $1 }
    }

    /// Appends a record to a chunk.
    static func append(
        _ variables: borrowing OutputBuffer,
        _ input: borrowing OutputBuffer,
        to buffer: inout OutputBuffer
    ) {
        buffer.append(integer: variables.count)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(variables.bytes)
        buffer.append(integer: input.count)
        buffer.append(UInt8(ascii: ":"))
        buffer.append(input.bytes)
    }

    /// The records of a chunk, in order.
    package static func all(in chunk: borrowing [UInt8]) -> [JobRecord] {
        var records: [JobRecord] = []
        var index = 0
        while let variables = part(chunk, &index), let input = part(chunk, &index) {
            records.append(JobRecord(variables: Self.variables(variables), input: input))
        }
        return records
    }

    private static func part(_ chunk: borrowing [UInt8], _ index: inout Int) -> [UInt8]? {
        var length = 0
        while index < chunk.count, chunk[index] != UInt8(ascii: ":") {
            length = length * 10 + Int(chunk[index] &- UInt8(ascii: "0"))
            index += 1
        }
        guard index < chunk.count, length <= chunk.count - index - 1 else { return nil }
        index += 1 + length
        return Array(chunk[(index - length)..<index])
    }

    private static func variables(_ bytes: [UInt8]) -> [(name: String, value: [UInt8])] {
        bytes.split(separator: 0).map { field in
            let sign = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
            return (String(decoding: field[..<sign], as: UTF8.self), Array(field[sign...].dropFirst()))
        }
    }
}
