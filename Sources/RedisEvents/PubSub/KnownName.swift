/// What is known of a name that is wanted again.
struct KnownName {
    var handler: UInt32
    var inlineHandler: InlineHandler?
    var isWanted: Bool
    var isConfirmed: Bool
}

extension KnownName {
    init(_ entry: NameTable.Entry) {
        handler = entry.handler
        inlineHandler = entry.inlineHandler
        isWanted = entry.isWanted
        isConfirmed = entry.isConfirmed
    }
}
