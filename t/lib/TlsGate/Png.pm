# PNGs as small as a document wants them: the colours are made few, and each pixel is a number of one.
package TlsGate::Png;
use strict;
use warnings;

use Compress::Zlib qw(compress crc32 uncompress);

my %CHANNELS = (2 => 3, 6 => 4); # by colour type: RGB, RGBA

sub chunks {
    my ($png) = @_;
    my ($at, @chunks) = (8);
    while ($at < length $png) {
        my ($length, $type) = unpack('N a4', substr($png, $at, 8));
        push @chunks, [$type, substr($png, $at + 8, $length)];
        $at += 12 + $length;
    }
    return @chunks;
}

# Width and height.
sub size { my ($png) = @_; return unpack('N N', (chunks($png))[0][1]) }

sub paeth {
    my ($a, $b, $c) = @_;
    my ($pa, $pb, $pc) = (abs($b - $c), abs($a - $c), abs($a + $b - 2 * $c));
    return $pa <= $pb && $pa <= $pc ? $a : $pb <= $pc ? $b : $c;
}

# The lines of a picture without their filters (PNG, section 9): arrays of bytes.
sub lines {
    my ($png) = @_;
    my @chunks = chunks($png);
    my ($width, $height, undef, $type) = unpack('N N C C', $chunks[0][1]);
    my $n = $CHANNELS{$type} // die "colour type $type\n";
    my $data = uncompress(join('', map { $_->[0] eq 'IDAT' ? $_->[1] : () } @chunks));
    my ($row, @above, @lines) = ($n * $width, (0) x ($n * $width));
    for my $y (0 .. $height - 1) {
        my ($filter, @line) = unpack('C*', substr($data, $y * ($row + 1), $row + 1));
        for my $i ($filter ? (0 .. $row - 1) : ()) {
            my ($left, $corner) = $i >= $n ? ($line[$i - $n], $above[$i - $n]) : (0, 0);
            $line[$i] = ($line[$i] + ($filter == 1 ? $left : $filter == 2 ? $above[$i] : $filter == 3 ? ($left + $above[$i]) >> 1 : paeth($left, $above[$i], $corner))) & 255;
        }
        @above = @line;
        push @lines, [$n, @line];
    }
    return @lines;
}

sub chunk { my ($type, $data) = @_; return pack('N', length $data) . $type . $data . pack('N', crc32($type . $data)) }

# The same picture with at most 256 colours. Steps of a channel that nobody sees apart are joined,
# further and further until there are few enough.
sub small {
    my ($png) = @_;
    my ($width, $height) = size($png);
    my @lines = lines($png);
    for my $bits (0 .. 6) {
        my (%number, @palette, @rows);
        my $half = (1 << $bits) >> 1;
        for (@lines) {
            my ($n, @line) = @$_;
            my $row = '';
            for (my $i = 0; $i < @line; $i += $n) {
                my $colour = join(',', map { my $c = ($_ + $half) >> $bits << $bits; $c > 255 ? 255 : $c } @line[$i .. $i + 2]);
                my $number = $number{$colour} //= push(@palette, [split(/,/, $colour)]) - 1;
                $row .= chr($number & 255);
            }
            push @rows, "\0$row";
            last if @palette > 256;
        }
        next if @palette > 256;
        return substr($png, 0, 8) . chunk('IHDR', pack('N N C5', $width, $height, 8, 3, 0, 0, 0)) . chunk('PLTE', pack('C*', map { @$_ } @palette))
            . chunk('IDAT', compress(join('', @rows), 9)) . chunk('IEND', '');
    }
    die "too many colours\n";
}

1;
