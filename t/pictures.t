# The pictures of the documents: small, told in words where they are shown, and made by t/pictures.
use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib ();
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Browser;
use TlsGate::Httpd;
use TlsGate::Long;
use TlsGate::Png;

my $MOST = 60 * 1024;
my @files = glob('docs/pictures/*.png');
my (%shown, %told);
for my $document (glob('docs/*.md')) {
    my $text = TlsGate::Httpd::slurp($document);
    while ($text =~ /!\[([^\]]*)\]\(([^)]*)\)/g) { push @{ $shown{"docs/$2"} }, $document; $told{"docs/$2"} = $1 }
}
is_deeply([sort keys %shown], [sort @files], 'each picture is shown, and each that is shown is there');
for my $file (@files) {
    my ($width) = TlsGate::Png::size(TlsGate::Httpd::slurp($file));
    cmp_ok(-s $file, '<', $MOST, "$file is small");
    is($width, 820, '... as wide as the others');
    cmp_ok(length($told{$file} // ''), '>', 80, '... and told in words');
}
my ($rows) = TlsGate::Httpd::slurp('t/pictures') =~ /^my \@PICTURES = \((.*?)^\);/ms;
is_deeply([sort map { "docs/pictures/$_.png" } $rows =~ /^ +\['([\w-]+)'/mg], [sort @files], 't/pictures makes all of them');

# --- a picture of few colours keeps them
my @pixels = ([[255, 0, 0], [0, 128, 255]], [[255, 0, 0], [9, 9, 9]]);
my $raw = join('', map { "\0" . pack('C*', map { @$_ } @$_) } @pixels);
my $png = "\x89PNG\r\n\x1a\n" . TlsGate::Png::chunk('IHDR', pack('N N C5', 2, 2, 8, 2, 0, 0, 0)) . TlsGate::Png::chunk('IDAT', Compress::Zlib::compress($raw)) . TlsGate::Png::chunk('IEND', '');
my %chunk = map { @$_ } TlsGate::Png::chunks(TlsGate::Png::small($png));
my @palette = unpack('(a3)*', $chunk{PLTE});
my $small = Compress::Zlib::uncompress($chunk{IDAT});
is_deeply([map { [map { [unpack('C3', $palette[$_])] } unpack('x C2', $_)] } unpack('(a3)*', $small)], \@pixels, 'the colours of a small picture');

SKIP: {
    skip 'TLSGATE_LONG is not set', 1 unless TlsGate::Long::is_long();
    skip 'no chromium-headless-shell or chromium is installed', 1 unless TlsGate::Browser::program();
    my $directory = tempdir(CLEANUP => 1);
    is(system($^X, 't/pictures', $directory), 0, 'they can be made again');
}
done_testing;
