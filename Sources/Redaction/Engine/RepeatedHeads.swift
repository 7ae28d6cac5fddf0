// Records that a logger broke over lines, writing the head once more before each piece. Nearly all
// lines of a log have the head of their neighbour, so what makes a piece is that the time is the same
// to its last digit, and that the text looks broken: at the width of a folder, or to a token alone.

import Glibc

extension Scanner {
    /// A head is no longer than this, and has its time in here.
    private static let headReach = 96
    /// No shorter head holds a date and a time.
    private static let headMin = 16
    /// So many bytes without a blank are no word of a language.
    private static let unspacedMin = 16
    private static let tokenMax = 512

    /// Where the text of the line above goes on in the line at `start`, behind the head that both have;
    /// nil on any other line.
    func restOfRepeatedHead(_ start: Int) -> Int? {
        guard start > Self.headMin, start + Self.headMin < text.count else { return nil }
        let above = text.lineStart(start - 1)
        if let bar = sharedBar(above, start) {
            return text[bar] > 32 && isPiece(above, start, bar) ? bar : nil
        }
        guard hasSameBeginning(above, start), let shared = sharedHead(above, start) else {
            return nil
        }
        // What is neither short nor as wide as folders make lines is not worth the reading of its head.
        guard isPieceFolded(above, start, shared) || isShort(shared) else { return nil }
        let content = max(lineHead(start), shared)
        guard text[content] > 32, content < text.lineEnd(start) else { return nil }
        return isPiece(above, start, content) ? content : nil
    }

    /// Past `aura-1  | `, the name of a container before each of its lines.
    private func sharedBar(_ above: Int, _ start: Int) -> Int? {
        guard text[start] == text[above], text[start + 1] == text[above + 1],
            Byte.isAlnum(text[start])
        else { return nil }
        let bar = text.first(124, from: start, to: min(start + 40, text.count))
        guard text[bar - 1] == 32, text[bar + 1] == 32, bar + 2 < text.count else { return nil }
        let name = text.skip(start, limit: 40) { Byte.isWord($0) || $0 == 46 }
        guard text.skip(name, limit: 24, while: { $0 == 32 }) == bar else { return nil }
        return memcmp(text.base + above, text.base + start, bar + 2 - start) == 0 ? bar + 2 : nil
    }

    /// The first two words of memory: a log of another minute is refused here. And where the third is
    /// another, a head has ended in it, or the second is another one.
    private func hasSameBeginning(_ above: Int, _ start: Int) -> Bool {
        guard start - above > Self.headMin else { return false }
        let base = UnsafeRawPointer(text.base)
        let (one, two) = (base + above, base + start)
        return one.loadUnaligned(as: UInt64.self) == two.loadUnaligned(as: UInt64.self)
            && one.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                == two.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            && (one.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                == two.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                || text.skip(start + 14, limit: 10) { $0 > 32 } < start + 24)
    }

    /// Behind the last blank of the beginning that two lines share; nil unless it has a time to its last
    /// digit.
    private func sharedHead(_ above: Int, _ start: Int) -> Int? {
        var shared = Self.headMin
        while shared < Self.headReach, text[above + shared] == text[start + shared],
            text[start + shared] != 10
        {
            shared += 1
        }
        let stop = text.back(start + shared, limit: shared) { $0 > 32 }
        guard stop > start + Self.headMin / 2 else { return nil }
        var colon = text.first(58, from: start, to: stop)
        while colon + 5 < stop {
            if text[colon + 3] == 58, Byte.isDigit(text[colon - 1]), Byte.isDigit(text[colon + 1]),
                Byte.isDigit(text[colon + 5])
            {
                return stop
            }
            colon = text.first(58, from: colon + 1, to: stop)
        }
        return nil
    }

    /// Whether one word stands behind the head, or a name and one.
    private func isShort(_ content: Int) -> Bool {
        let end = text.lineEnd(content)
        let blank = text.first(32, from: content, to: end)
        return text.first(32, from: blank + 1, to: end) >= end
    }

    private func isPiece(_ above: Int, _ start: Int, _ content: Int) -> Bool {
        let token = tokenEnd(content)
        let isAlone = token == endBeforeFeed(text.lineEnd(start))
        if isAlone, isNoWord(content, token) { return true }
        guard isPieceFolded(above, start, content) else { return false }
        if isAlone { return true }
        // Brackets, dashes and a name with a colon begin a text of its own.
        if [35, 40, 42, 45, 60, 91].contains(text[content]) || text[token - 1] == 58 {
            return false
        }
        return isNoWord(content, token) || holdsSign(content, token)
            || endsInValue(above, start - 1)
    }

    /// Whether the last word of the line is the value of something, and not of a count.
    private func endsInValue(_ line: Int, _ feed: Int) -> Bool {
        let end = endBeforeFeed(feed)
        let word = text.back(end, limit: min(Self.tokenMax, end - line)) { $0 > 32 }
        let sign = text.skip(word, limit: end - word) { $0 != 61 && $0 != 58 }
        return sign > word && sign < end && keyKind(word, sign) != .none
    }

    /// Whether the line at `above` is as wide as folders make lines, with its head or without, or as its
    /// neighbour is where that begins with what is no word.
    private func isPieceFolded(_ above: Int, _ start: Int, _ content: Int) -> Bool {
        let head = content - start
        let width = endBeforeFeed(start - 1) - above
        let isFolded =
            Self.isFoldWidth(width) || Self.isFoldWidth(width - head)
            || tokenEnd(content) - content >= Self.unspacedMin
                && width == endBeforeFeed(text.lineEnd(start)) - start
        // A mask hides how wide its line was.
        return isFolded && !Masks.standIn(text, above, text.lineEnd(start))
    }

    /// As wide as terminals, mail and encoders are.
    @inline(__always)
    static func isFoldWidth(_ width: Int) -> Bool {
        switch width {
        case 60, 64, 70, 72, 75, 76, 78, 79, 80, 100, 120, 128, 132, 256: true
        default: false
        }
    }

    /// Whether the text before the feed at `joint` was broken there, and the head of its record written again.
    func isFoldedBehindHead(_ joint: Int) -> Bool {
        guard let content = restOfRepeatedHead(joint + 1) else { return false }
        return isPieceFolded(text.lineStart(joint), joint + 1, content)
    }

    private func tokenEnd(_ start: Int) -> Int {
        text.skip(start, limit: Self.tokenMax) { $0 > 32 }
    }

    private func isNoWord(_ start: Int, _ end: Int) -> Bool {
        let run = text.skip(start, limit: 64, while: Byte.isRun)
        return Shape.Census(text, start, run).turns > 0 || end - start > 12
    }

    /// A digit, or a sign with something on its right: no word of a sentence.
    private func holdsSign(_ start: Int, _ end: Int) -> Bool {
        (start..<max(start, end - 1)).contains { !Byte.isLetter(text.base[$0]) }
    }
}
