/// Memory that is read into. It has one owner at a time: the loop, which lends it to the link that reads, or a link that has
/// something in it.
@safe package struct ReadBlock: ~Copyable {
    let base: UnsafeMutableRawPointer
    package let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }
}

extension RedisEventLoop {
    /// The block that the links of this loop read into, one after the other: what they read is gone before the next one does,
    /// and a million idle links need none. For the loop's thread.
    func takeReadBlock() -> ReadBlock {
        preconditionCurrent()
        return unsafe readBlock.take() ?? ReadBlock(capacity: ReadBuffer.normalCapacity)
    }

    /// Gives it back.
    func giveBack(_ block: consuming ReadBlock) {
        preconditionCurrent()
        if block.capacity <= ReadBuffer.sharedCapacity { unsafe readBlock = consume block }
    }
}
