import RedisPOSIX

/// The linear buffer between a socket and the parser.
///
/// Unread bytes are always contiguous, so that a frame can be parsed in place. The buffer grows only when it is full of
/// received bytes, never because a header announced them, and frees the memory of a burst. Between two reads it holds
/// only the rest of a frame, in no more memory than that needs. To read, it borrows the block of the loop.
@safe package struct ReadBuffer: ~Copyable {
    /// The size of a read when no large frame is expected.
    package static let normalCapacity = 64 << 10
    /// Blocks up to this serve all links of a loop.
    static let sharedCapacity = 256 << 10
    /// Above this size the memory is freed as soon as the buffer is empty.
    private static let keptCapacity = 1 << 20
    /// A rest of a frame up to this size is copied, so that the block can be given back.
    private static let smallRest = 4096

    private var block: ReadBlock?
    /// The address of the block; `nowhere` without one.
    private var base: UnsafeMutableRawPointer
    package private(set) var capacity = 0
    private var head = 0
    private var tail = 0

    package init() { unsafe base = Self.nowhere }

    /// The bytes that were read and not consumed.
    package var unread: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base) + head, byteCount: tail - head)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The address of an empty buffer.
    private nonisolated(unsafe) static let nowhere = UnsafeMutableRawPointer.allocate(byteCount: 16, alignment: 16)

    /// The number of unread bytes.
    package var unreadCount: Int { tail - head }

    /// Removes the first bytes.
    package mutating func consume(_ count: Int) {
        precondition(count <= tail - head, "only what is there can be consumed")
        head += count
        if head == tail { reset() }
    }

    /// Removes all bytes.
    package mutating func removeAll() { reset() }

    /// Borrows the loop's block for a read, unless a block of its own contains more than a small rest. `settle`
    /// follows.
    package mutating func prepare(on loop: RedisEventLoop) {
        if capacity < Self.normalCapacity { move(to: loop.takeReadBlock()) }
    }

    /// Gives the block back, if it contains no more than a small rest.
    package mutating func settle(on loop: RedisEventLoop) {
        guard capacity >= Self.normalCapacity, unreadCount <= Self.smallRest else { return }
        if unreadCount > 0 {
            if let borrowed = move(to: ReadBlock(capacity: unreadCount)) { loop.giveBack(borrowed) }
        } else if let borrowed = block.take() {
            capacity = 0
            unsafe base = Self.nowhere
            loop.giveBack(borrowed)
        }
    }

    /// Reads once, as much as there is room for. Also returns whether that was everything in the socket.
    package mutating func read(from socket: borrowing Socket) -> (transfer: Transfer, isDrained: Bool) {
        makeRoom()
        let room = capacity - tail
        let transfer = unsafe socket.receive(into: UnsafeMutableRawBufferPointer(start: base + tail, count: room))
        guard case .bytes(let count) = transfer else { return (transfer, true) }
        tail += count
        return (transfer, count < room && !socket.holdsBytes())
    }

    private mutating func reset() {
        head = 0
        tail = 0
        if capacity > Self.keptCapacity { move(to: ReadBlock(capacity: Self.normalCapacity)) }
    }

    private mutating func makeRoom() {
        // A half-empty buffer is worth a read. Moving the rest of one frame to the front is cheap by then.
        if capacity >= Self.normalCapacity && capacity - tail >= capacity / 2 { return }
        if head > 0 {
            unsafe memmove(base, base + head, tail - head)
            tail -= head
            head = 0
        }
        if capacity < Self.normalCapacity || capacity - tail < capacity / 2 {
            move(to: ReadBlock(capacity: max(capacity * 2, Self.normalCapacity)))
        }
    }

    /// Continues in another block. Returns the previous one.
    @discardableResult
    private mutating func move(to new: consuming ReadBlock) -> ReadBlock? {
        unsafe new.base.copyMemory(from: base + head, byteCount: tail - head)
        tail -= head
        head = 0
        capacity = new.capacity
        unsafe base = new.base
        var other: ReadBlock? = consume new
        swap(&block, &other)
        return other
    }
}

/// Memory for reading. It has one owner at a time: the loop, which lends it to the reading link, or a link that has
/// bytes in it.
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
    /// The block into which the links of this loop read, one after the other. The bytes of one link are gone before the
    /// next one reads, so a million idle links need no block. Must be used on the loop.
    func takeReadBlock() -> ReadBlock {
        preconditionCurrent()
        return unsafe readBlock.take() ?? ReadBlock(capacity: ReadBuffer.normalCapacity)
    }

    /// Gives the block back.
    func giveBack(_ block: consuming ReadBlock) {
        preconditionCurrent()
        if block.capacity <= ReadBuffer.sharedCapacity { unsafe readBlock = consume block }
    }
}
