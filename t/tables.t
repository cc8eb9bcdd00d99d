#!/usr/bin/perl
# A table with a row for each value of an enum has no hole: if a value is added but the row
# is not, it does not compile. The fields of the log are the same in the code and in the
# reference.
use strict;
use warnings;

use lib 't/lib';
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;

my $CC    = $ENV{CC} || 'cc';
my $COPY  = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $FLAGS = join ' ', '-std=gnu11 -fsyntax-only', "-iquote $COPY/src", map { s/\n/ /gr }
    output('apr-1-config --cppflags --includes || apr-config --cppflags --includes'),
    '-isystem ' . output('apxs -q INCLUDEDIR || apxs2 -q INCLUDEDIR');

sub output { my ($command) = @_; my $text = `($command) 2>/dev/null`; chomp $text; return $text }
sub text_of { return TlsGate::Httpd::slurp($_[0]) }
sub write_text { my ($file, $text) = @_; open(my $h, '>', $file) or die "$file: $!"; print $h $text; close $h or die }

system('cp', '-r', 'src', "$COPY/src") == 0 or die "cp failed\n";
my @sources = map { s{^\Q$COPY\E/}{}r } glob("$COPY/src/*/*.c $COPY/src/*/*/*.c");
my %text    = map { $_ => text_of($_) } @sources;
my %header  = map { $_ => text_of($_) } glob('src/*/*.h src/*/*/*.h');

# --- tables

# The compiler's output for that source of the copy, with a value added before that one in its enum.
sub said_with { my ($source, $value) = @_;
    my ($file) = grep { text_of($_) =~ /^[^\n#]*\b\Q$value\E\b\s*\}\s*\w+;/m || text_of($_) =~ /^\s*\Q$value\E\n\}/m }
        $source, sort keys %header;
    return "no enum ends with $value" unless $file;
    my $before = text_of($file);
    write_text("$COPY/$file", $before =~ s/\b\Q$value\E\b(?=\s*\}\s*\w+;)/PLANTED, $value/r);
    my $said = `$CC $FLAGS '$COPY/$source' 2>&1`;
    write_text("$COPY/$file", $before);
    return $said;
}

my %planted;
for my $source (@sources) {
    my @tables = $text{$source} =~ /^\s*TG_ROWS_ARE\((\w+), ([^)]+)\);/mg or next;
    is(`$CC $FLAGS '$COPY/$source' 2>&1`, '', "$source compiles");
    while (my ($table, $count) = splice @tables, 0, 2) {
        my ($value) = $count =~ /(\w+)/;
        like(said_with($source, $value), qr/\Q$table\E: one row for each of \Q$count\E/, "... $table does not, with another value before $value");
        $planted{$value}++;
    }
}
cmp_ok($planted{TG_PHASES} || 0, '>=', 2, 'among them are tables of phases');
cmp_ok($planted{TG_PROTOCOLS} || 0, '>=', 3, '... and of protocols');
cmp_ok($planted{TG_DATE_KINDS} || 0, '>=', 4, '... and of the dates of a schedule');

# A row that is written by its index can be forgotten.
my @indexed = map { my $source = $_; map { "$source: $_" } $text{$source} =~ /^\s*(\[TG_\w+\] = )/mg }
    @sources;
is_deeply(\@indexed, [], 'no table is written by index');

# --- the fields of the log

sub fields_of_code { my ($def) = @_;
    my %path = $def =~ /^SIGHTING_OBJECT\((\w+), \w+, "[^"]*", "([^"]*)"\)$/mg;
    return map { s/^\.//r } map { "$path{$_->[0]}.$_->[1]" } map { [/(\w+), "([^"]*)"/] }
        $def =~ /^SIGHTING_(?:TEXT|FIELD)\((\w+, "[^"]*"), \w+, .*"\w[^"]*"\)$/mg;
}

sub fields_of_reference { my ($text) = @_;
    my ($table) = $text =~ /^## Fields\n(.*?)^## /ms;
    return ($table // '') =~ /^\| `([\w.@]+)` \|/mg;
}

# Names that are in only one of the two, or twice in one.
sub differences { my ($def, $reference) = @_;
    my (%code, %told);
    $code{$_}++ for fields_of_code($def);
    $told{$_}++ for fields_of_reference($reference);
    return 'there is no field' if !%code || !%told;
    return sort grep { ($code{$_} || 0) != 1 || ($told{$_} || 0) != 1 } keys %{ { %code, %told } };
}

my ($def, $reference) = (text_of('src/format/sighting.def'), text_of('docs/reference.md'));
is_deeply([differences($def, $reference)], [], 'sighting.def and the reference have the same fields');
is(scalar(fields_of_code($def)), scalar(() = $def =~ /^SIGHTING_(?!OBJECT)/mg), 'each row is a field with a meaning');
is_deeply([differences($def =~ s/^SIGHTING_TEXT\(URL, "path".*\n//mr, $reference)], ['url.path'], '... a missing row is noticed');
is_deeply([differences($def, $reference =~ s/^\| `tls.cipher`.*\n//mr)], ['tls.cipher'], '... and a missing field in the reference');
is_deeply([differences($def, $reference =~ s/^(\| `tls.cipher`.*\n)/$1$1/mr)], ['tls.cipher'], '... and one that is there twice');

# --- their names in OpenTelemetry

sub fields_with_attribute { my ($text) = @_;
    my ($table) = $text =~ /^## Names in OpenTelemetry\n(.*?)^## /ms;
    return ($table // '') =~ /^\| `([\w.@*]+)` \| (?:none|`[\w.]+`) \|/mg;
}

my @told = fields_with_attribute($reference);
my @fields = map { /^tlsgate\./ ? () : $_ } fields_of_code($def);
is_deeply([sort @told], [sort @fields, 'tlsgate.*'], 'the table of OpenTelemetry has each of the other fields');
is_deeply([sort(fields_with_attribute($reference =~ s/^\| `tls.curve` \| `tls.curve` .*\n//mr))], [grep { $_ ne 'tls.curve' } sort @told],
    '... and a missing one is noticed');

done_testing();
