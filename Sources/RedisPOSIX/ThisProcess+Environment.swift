extension ThisProcess {
    /// All variables of the environment, byte for byte, but those that `hideEnvironment` has removed. Of a name that
    /// stands there twice, the first counts, as for `environment(_:)`.
    package static func environment() -> [(name: [UInt8], value: [UInt8])] {
        var variables: [(name: [UInt8], value: [UInt8])] = []
        guard var place = unsafe redis_events_environment() else { return [] }
        while let entry = unsafe place.pointee {
            let bytes = unsafe UnsafeRawBufferPointer(start: entry, count: strlen(entry)).map(\.self)
            if let equals = bytes.firstIndex(of: UInt8(ascii: "=")) {
                variables.append((Array(bytes[..<equals]), Array(bytes[(equals + 1)...])))
            }
            unsafe place += 1
        }
        return variables
    }
}
