extension PubSub {
    /// Events that were taken together, in order: messages that came in one read, or one event of another kind.
    public struct Batch: RandomAccessCollection, Sendable {
        @usableFromInline let slab: [UInt8]
        @usableFromInline let records: ArraySlice<Record>
        /// What it is instead of messages.
        @usableFromInline let other: PubSub.Event?

        init(slab: [UInt8], records: ArraySlice<Record>) {
            self.slab = slab
            self.records = records
            other = nil
        }

        init(_ event: PubSub.Event) {
            slab = []
            records = []
            other = event
        }

        /// The first index, always 0.
        @inlinable public var startIndex: Int { 0 }

        /// How many events there are; never 0.
        @inlinable public var endIndex: Int { other == nil ? records.count : 1 }

        /// The event at `position`, which must be in `0..<count`.
        @inlinable
        public subscript(position: Int) -> PubSub.Event {
            if let other {
                precondition(position == 0, "index out of range")
                return other
            }
            return .message(PubSub.Message(slab: slab, record: records[records.startIndex + position]))
        }
    }
}
