/// Calls `body` with C strings and a null pointer behind them, as programs get their arguments and their environment.
/// They live as long as the call. A byte of zero ends a text.
package func withCStringArray<Result>(
    _ texts: [[UInt8]],
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let array = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
    for (index, text) in texts.enumerated() {
        unsafe array[index] = unsafe FilePath.withPath(text) { unsafe strdup($0) }
    }
    unsafe array[texts.count] = nil
    defer {
        for index in texts.indices { unsafe free(array[index]) }
        unsafe array.deallocate()
    }
    return unsafe body(array)
}
