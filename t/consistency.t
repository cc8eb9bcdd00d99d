#!/usr/bin/perl
# What can be proven by reading the tree: code and documents name the same
# directives, no member of a configuration is forgotten, policy and server keep
# their places, nothing is exported or left behind. Each check returns complaints;
# it also complains if it finds nothing to check, and each is tried on a copy of
# the tree with a mistake in it.
use strict;
use warnings;

use lib 't/lib';
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;

my $CC = $ENV{CC} || 'cc';

sub text_of { return TlsGate::Httpd::slurp($_[0]) }
sub without_comments { return $_[0] =~ s{/\*.*?\*/}{}gsr }
sub uniq { my %seen; return grep { !$seen{$_}++ } @_ }

# The files of a tree with that ending, as paths below it.
sub files {
    my ($root, @patterns) = @_;
    return map { s{^\Q$root\E/}{}r } map { glob("$root/$_") } @patterns;
}

# --- 1. directives
sub directives_of_code {
    my ($root) = @_;
    return map { /^</ ? "$_>" : $_ }
        without_comments(text_of("$root/mod_tlsgate.c")) =~ /\b[A-Z][A-Z_]*\(\s*"(<?TlsGate\w*)"/g;
}

sub directives_of_reference {
    my ($root) = @_;
    return text_of("$root/docs/reference.md") =~ /^## +`?(<?TlsGate\w*>?)/mg;
}

# In use, or behind a # as an example.
sub directives_of_example {
    my ($root) = @_;
    return map { /^</ ? "$_>" : $_ } text_of("$root/conf/tlsgate.conf") =~ /^\s*(?:#\s*)?(<?TlsGate\w*)/mg;
}

sub check_directives {
    my ($root) = @_;
    my @complaints;
    my %of = ('mod_tlsgate.c' => [directives_of_code($root)], 'docs/reference.md' => [directives_of_reference($root)],
        'conf/tlsgate.conf' => [uniq(directives_of_example($root))]);
    my @all = sort { $a cmp $b } uniq(map { @$_ } values %of);
    for my $file (sort keys %of) {
        my %n;
        $n{$_}++ for @{ $of{$file} };
        push @complaints, "$file names no directive" unless %n;
        push @complaints, map { "$file does not name $_" } grep { !$n{$_} } @all;
        push @complaints, map { "$file names $_ twice" } grep { ($n{$_} || 0) > 1 } @all;
    }
    return @complaints;
}

# A directive that only a document or a message knows.
sub check_mentions {
    my ($root) = @_;
    my %known = map { s/[<>]//gr => 1 } directives_of_code($root);
    my (@complaints, $found);
    for my $file (files($root, qw(README.md docs/reference.md docs/*guide*.md conf/*.conf conf/*/*.conf src/*/*.c src/*/*/*.c))) {
        for my $name (text_of("$root/$file") =~ /(?<![\w:])(TlsGate\w*)(?!\w|::)/g) {
            $found++;
            push @complaints, "$file names $name, which is no directive" unless $known{$name};
        }
    }
    return $found ? @complaints : 'no directive is mentioned anywhere';
}

# --- 2. members of the two configurations
sub body_of {
    my ($source, $function) = @_;
    return $source =~ /^[^\n;]*\b\Q$function\E\([^;{]*\)\s*\{(.*?)^\}/ms ? $1 : '';
}

sub check_members {
    my ($root) = @_;
    my $header = without_comments(text_of("$root/src/server/base/conf.h"));
    my $source = without_comments(text_of("$root/src/server/base/conf.c"));
    my @complaints;
    for my $kind (qw(server dir)) {
        my ($struct) = $header =~ /typedef struct \{([^{}]*)\}\s*tg_${kind}_conf_t;/;
        my @members = ($struct // '') =~ /(\w+)(?:\[[^\]]*\])?\s*;/g;
        push @complaints, "tg_${kind}_conf_t has no member" unless @members;
        my ($create, $merge) = map { body_of($source, "tg_conf_${_}_$kind") } qw(create merge);
        for my $m (@members) {
            push @complaints, "tg_conf_create_$kind does not set $m" unless $create =~ /\bconf->$m\s*=[^=]/;
            push @complaints, "tg_conf_merge_$kind does not merge $m" unless $merge =~ /\bconf->$m\s*=[^;]*\badd->$m\b/;
        }
    }
    return @complaints;
}

# --- 3. the library knows no httpd, no clock and no file
sub check_library {
    my ($root) = @_;
    my (@complaints, $includes);
    for my $file (files($root, map { ("src/$_/*.[ch]", "src/$_/*.def") } qw(base tls policy format report))) {
        my $code = without_comments(text_of("$root/$file"));
        for my $header ($code =~ /^\s*#\s*include\s*[<"]([^>"]+)[>"]/mg) {
            $includes++;
            push @complaints, "$file includes $header" if $header =~ m{(?:^|/)(?:http[d_]|ap_|util_|mod_|mpm_)};
        }
        $code =~ s/"(?:\\.|[^"\\])*"//g;
        push @complaints, map { "$file calls $_" } $code =~ /\b(apr_time_now|time|gettimeofday|clock_gettime
            |open|fopen|read|write|printf|fprintf|getenv|apr_file_\w+|ap_\w+)\s*\(/xg;
    }
    return $includes ? @complaints : 'the library includes nothing';
}

# --- 3a. below src/ctl nobody prints: faults go up, and tg_message() is for what happens meanwhile
my $PRINTING = qr/\bv?d?f?printf\s*\(|\bvdprintf\s*\(|\bf?put[sc]\s*\(|\bputchar\s*\(|\bfwrite\s*\(|\b(?:perror|psignal)\s*\(|\bv?(?:err|warn)x?\s*\(|\bstd(?:out|err)\b/;

sub check_silence {
    my ($root) = @_;
    my @complaints;
    my @sources = files($root, map { "src/$_/*.[ch]" } qw(base tls policy format report os store follow));
    for my $file (@sources) {
        my $code = without_comments(text_of("$root/$file")) =~ s/"(?:\\.|[^"\\])*"//gr;
        push @complaints, map { "$file prints: $_" } $code =~ /($PRINTING)/g;
    }
    return @sources ? @complaints : 'nothing is below src/ctl';
}

# --- 3b. a folder includes only what Makefile.apxs lets it see
sub folders_of {
    my ($root) = @_;
    return map { /^(\S+):(.*)/ ? ($1 => [split ' ', $2]) : () }
        split(/\n/, `cd '$root' 2>/dev/null && make -s -f Makefile.apxs folders 2>/dev/null`);
}

sub sources_of { my ($root) = @_; return files($root, qw(src/*/*.[ch] src/*/*.def src/*/*/*.[ch])) }

sub check_folders {
    my ($root) = @_;
    my %sees = folders_of($root) or return 'Makefile.apxs names no folder';
    my @complaints;
    for my $file (sources_of($root)) {
        my $folder = dirname($file) =~ s{^src/}{}r;
        push @complaints, "$file: Makefile.apxs does not know $folder" unless $sees{$folder};
        for my $header (text_of("$root/$file") =~ /^\s*#\s*include\s*"([^"]+)"/mg) {
            my ($other) = $header =~ m{^(.*)/[^/]*$} or next;
            push @complaints, "$file includes $header" unless grep { $_ eq $other } @{ $sees{$folder} || [] };
        }
    }
    return @complaints;
}

# Nor does it compile: the view has no other folder.
# Of those folders, or of all.
sub check_views {
    my ($build, @folders) = @_;
    my %sees = folders_of('.');
    my @complaints;
    for my $folder (@folders ? @folders : sort keys %sees) {
        my $view = "$build/sees/$folder";
        -d $view or return "there is no view of $folder";
        my %may = map { $_ => 1 } @{ $sees{$folder} };
        for my $other (grep { $_ ne $folder } sort keys %sees) {
            my ($header) = map { basename($_) } glob("src/$other/*.h") or next;
            my $said = `echo '#include "$other/$header"' | $CC -E -iquote '$view' -x c - 2>&1 >/dev/null`;
            my $can = $said !~ m{fatal error: \Q$other/$header\E: No such file};
            push @complaints, "$folder can include $other" if $can && !$may{$other};
            push @complaints, "$folder cannot include $other" if !$can && $may{$other};
        }
    }
    return @complaints;
}

# --- 4. modules (a .c with its .h, or data in a .def) include each other in one direction only
sub include_graph {
    my ($root) = @_;
    my %graph;
    for my $file (files($root, 'mod_tlsgate.c'), sources_of($root)) {
        my $module = $file =~ s/\.[ch]$//r;
        $graph{$module} ||= {};
        for my $header (text_of("$root/$file") =~ /^\s*#\s*include\s*"([^"]+)"/mg) {
            my $path = $header =~ m{^src/} ? $header : $header =~ m{/} ? "src/$header" : dirname($file) . "/$header";
            my $other = $path =~ s/\.[ch]$//r;
            $graph{$module}{$other} = 1 unless $other eq $module;
        }
    }
    return \%graph;
}

sub check_circles {
    my ($root) = @_;
    my $graph = include_graph($root);
    return 'no module includes another' unless grep { %$_ } values %$graph;
    my @complaints;
    for my $module (sort keys %$graph) {
        push @complaints, map { "$module includes $_, which is not there" }
            grep { !$graph->{$_} } sort keys %{ $graph->{$module} };
    }
    # Takes away what includes nothing that is left, until nothing can be taken away.
    while (my @free = grep { includes_none($graph, $_) } keys %$graph) {
        delete @$graph{@free};
    }
    push @complaints, 'a circle among ' . join(' ', sort keys %$graph) if %$graph;
    return @complaints;
}

sub includes_none { my ($graph, $module) = @_; return !grep { $graph->{$_} } keys %{ $graph->{$module} } }

# --- 5. one exported symbol
sub check_symbols {
    my ($module) = @_;
    my @symbols = map { (split)[-1] } grep { / / } split(/\n/, `nm -D --defined-only '$module' 2>/dev/null`);
    return 'no symbol is exported' unless @symbols;
    return map { "$_ is exported" } grep { $_ ne 'tlsgate_module' } @symbols;
}

# --- 6. every header compiles alone, and twice
sub command_output { my ($command) = @_; my $text = `$command 2>/dev/null`; chomp $text; return $text }

# Of those headers, or of all.
sub check_headers {
    my ($root, @headers) = @_;
    my $apr = command_output('(apr-1-config --cppflags --includes || apr-config --cppflags --includes)') =~ s/\n/ /gr;
    my $httpd = '-isystem ' . command_output('(apxs -q INCLUDEDIR || apxs2 -q INCLUDEDIR)');
    @headers = files($root, 'src/*/*.h', 'src/*/*/*.h') unless @headers;
    return 'there is no header' unless @headers;
    my @complaints;
    for my $header (@headers) {
        my $flags = $header =~ m{^src/server/} ? "$apr $httpd" : $apr;
        my $include = qq{#include "$header"};
        my $said = `cd '$root' && printf '%s\\n%s\\n' '$include' '$include' |
            $CC -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $flags -I. -iquote src -x c - 2>&1`;
        push @complaints, "$header does not compile alone: $said" if $? != 0;
    }
    return @complaints;
}

# --- 7. nothing of one machine, nothing unfinished
sub tracked_files {
    my ($root) = @_;
    my @files = split(/\0/, `cd '$root' && git ls-files -z 2>/dev/null`);
    @files = split(/\n/, `cd '$root' && find . -type f ! -path './.git/*' ! -path './build/*' -printf '%P\\n'`)
        unless @files;
    return grep { -f "$root/$_" && -T "$root/$_" } @files;
}

sub check_leftovers {
    my ($root) = @_;
    my @files = tracked_files($root) or return 'there is no file';
    my @complaints;
    for my $file (@files) {
        my $n = 0;
        for my $line (split(/\n/, text_of("$root/$file"))) {
            $n++;
            push @complaints, "$file:$n: a path of one machine: $line"
                if $line =~ m{(?<![\w.\$\}\)/])/(?:work|root|home|Users|tmp)/\w};
            push @complaints, "$file:$n: unfinished: $line" if $line =~ /\b(?:TOD[O]|FIXM[E])\b/;
        }
    }
    return @complaints;
}

# --- 8. every message of the error log has an identifier of its own, which the reference explains
sub messages_of_code {
    my ($root) = @_;
    my %formats;
    for my $file (files($root, 'mod_tlsgate.c', 'src/server/*/*.c')) {
        my $code = text_of("$root/$file");
        while ($code =~ /\bTG_LOG(?:_REQUEST)?\(\s*(\d+),(?:[^",]*,){3}\s*((?:"(?:\\.|[^"\\])*"\s*)+)/g) {
            my ($number, $literals) = ($1, $2);
            my $format = join('', $literals =~ /"((?:\\.|[^"\\])*)"/g) =~ s/\\(.)/$1/gr;
            push @{ $formats{"TLSGATE$number"} }, $format;
        }
    }
    return \%formats;
}

# A row of the table: identifier, text in backquotes, cause, remedy.
sub messages_of_reference {
    my ($root) = @_;
    my %rows;
    my $text = text_of("$root/docs/reference.md");
    push @{ $rows{$1} }, [$2, $3, $4]
        while $text =~ /^\| (TLSGATE\d+) \| `(.*?)` \| *([^|]*?) *\| *([^|]*?) *\|$/mg;
    return \%rows;
}

# What the code always says is in the table, in that order; the rest is a value.
sub is_text_of { my ($text, $format) = @_; return $text =~ join('.*', map { quotemeta } split(/%[-+#0-9.]*[a-z]+/, $format)) }

sub check_messages {
    my ($root) = @_;
    my ($code, $reference) = (messages_of_code($root), messages_of_reference($root));
    my @complaints;
    push @complaints, 'the code has no message' unless %$code;
    for my $file (files($root, 'mod_tlsgate.c', 'src/server/*/*.[ch]')) {
        next if $file eq 'src/server/base/log.h';
        my $without = () = without_comments(text_of("$root/$file")) =~ /\bap_log_\w*error\s*\(/g;
        push @complaints, "$file has a message without an identifier" if $without;
    }
    for my $id (sort { $a cmp $b } uniq(keys %$code, keys %$reference)) {
        my @formats = @{ $code->{$id} || [] };
        my @rows = @{ $reference->{$id} || [] };
        push @complaints, "$id does not have four digits" unless $id =~ /^TLSGATE\d{4}$/;
        push @complaints, "$id is used twice" if @formats > 1;
        push @complaints, "$id is not in the code" unless @formats;
        push @complaints, @rows ? "$id is in the reference twice" : "$id is not in the reference" if @rows != 1;
        push @complaints, map { "the reference says nothing of $id" } grep { !length $_->[1] || !length $_->[2] } @rows;
        push @complaints, map { "the reference has another text for $id: $formats[0]" }
            grep { @formats && !is_text_of($_->[0], $formats[0]) } @rows;
    }
    return @complaints;
}

# --- 9. statics: two words, one file each, so that a backtrace and grep find one place
sub statics_of {
    my ($code) = @_;
    return uniq($code =~ /^static\s+(?:inline\s+)?(?:const\s+)?(?:struct\s+|unsigned\s+)?\w+[\s*]+(?:const\s+)?\**(\w+)\s*\(/mg);
}

sub check_statics {
    my ($root) = @_;
    my (%files, @complaints);
    for my $file (files($root, 'mod_tlsgate.c'), sources_of($root)) {
        push @{ $files{$_} }, $file for grep { !/^tg_/ } statics_of(without_comments(text_of("$root/$file")));
    }
    for my $name (sort keys %files) {
        push @complaints, "$name in $files{$name}[0]: one word" if $name !~ /_/;
        push @complaints, "$name is in @{ $files{$name} }" if @{ $files{$name} } > 1;
    }
    return %files ? @complaints : 'there is no static';
}

# --- 10. documents for contributors name files that exist
sub check_named_files {
    my ($root) = @_;
    my %there = map { basename($_) => 1 } files($root, 'mod_tlsgate.c'), sources_of($root);
    my (@complaints, $found);
    for my $file (qw(docs/design.md CONTRIBUTING.md)) {
        my $text = text_of("$root/$file");
        for my $name ($text =~ /`((?:src|t)\/[\w\/.]+)`/g) {
            $found++;
            push @complaints, "$file names $name" unless -e "$root/$name" || !-d "$root/t" && $name =~ m{^t/};
        }
        for my $name ($text =~ /`(\w+\.(?:c|h|def))`/g) {
            $found++;
            push @complaints, "$file names $name" unless $there{$name};
        }
    }
    return $found ? @complaints : 'no document names a file';
}

# Which folders there are is written in Makefile.apxs; the table of docs/design.md follows it.
sub check_folder_table {
    my ($root) = @_;
    my %sees = folders_of($root) or return 'Makefile.apxs names no folder';
    my %told = map { $_ => 1 } text_of("$root/docs/design.md") =~ /^\| `src\/([\w\/]+)\/` \|/mg;
    return (map({ "docs/design.md does not tell of $_" } grep { !$told{$_} } sort keys %sees),
        map { "docs/design.md tells of $_" } grep { !$sees{$_} } sort keys %told);
}

# --- the tree, and copies of it with one mistake each
sub copy_of_tree {
    my $copy = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    for my $file (files('.', qw(mod_tlsgate.c Makefile.apxs README.md CONTRIBUTING.md docs/*.md conf/*.conf conf/*/*.conf)), sources_of('.')) {
        make_path("$copy/" . dirname($file));
        write_text("$copy/$file", text_of($file));
    }
    return $copy;
}

sub write_text { my ($file, $text) = @_; open(my $h, '>', $file) or die "$file: $!"; print $h $text; close $h }

# A mistake is a file, what to replace there (or undef, to append), and by what.
sub mistaken {
    my ($file, $what, $by) = @_;
    my $copy = copy_of_tree();
    my $text = text_of("$copy/$file");
    if (defined $what) { $text =~ s/$what/$by/ or return } else { $text .= $by }
    write_text("$copy/$file", $text);
    return $copy;
}

# A mistake is what it is, the complaint about it, what makes a tree with it, and what of that
# tree is enough for the check to look at, if not all.
sub proven {
    my ($name, $check, $subject, @mistakes) = @_;
    my @complaints = $check->($subject);
    ok(!@complaints, $name) or diag(join("\n", @complaints));
    my $empty = tempdir(TMPDIR => 1, CLEANUP => 1);
    @complaints = $check->($empty);
    ok(@complaints > 0, "$name: fails where there is nothing to check");
    for my $m (@mistakes) {
        my ($what, $expected, $broken, @only) = @$m;
        $broken = $broken->();
        like(join("\n", defined $broken ? $check->($broken, @only) : 'the mistake does not apply'), $expected,
            "$name: notices $what");
    }
}

sub with { my @mistake = @_; return sub { mistaken(@mistake) } }

proven('directives of code, reference and example', \&check_directives, '.',
    ['one that is not documented', qr/docs\/reference\.md does not name TlsGateNew/,
        with('mod_tlsgate.c', qr/(?=DIRECTIVE\("TlsGateLog")/, 'DIRECTIVE("TlsGateNew", SERVER, ONCE, new, "x"),')],
    ['one that the code lost', qr/mod_tlsgate\.c does not name TlsGateLog/,
        with('mod_tlsgate.c', qr/"TlsGateLog"/, '"x"')],
    ['one that the example lost', qr/conf\/tlsgate\.conf does not name TlsGatePrivacy/,
        with('conf/tlsgate.conf', qr/^\s*#?\s*TlsGatePrivacy.*/m, '')],
    ['one that is documented twice', qr/docs\/reference\.md names TlsGateLog twice/,
        with('docs/reference.md', undef, "\n## TlsGateLog\n")],
    ['a section that is not documented', qr/docs\/reference\.md does not name <TlsGateSchedule>/,
        with('docs/reference.md', qr/^## +`?<TlsGateSchedule/m, '## <X')]);

proven('directives that are mentioned', \&check_mentions, '.',
    ['one that does not exist', qr/conf\/tlsgate\.conf names TlsGateNothing/,
        with('conf/tlsgate.conf', undef, "# see TlsGateNothing.\n")]);

proven('members of the configurations', \&check_members, '.',
    ['one that is not created', qr/tg_conf_create_server does not set log/,
        with('src/server/base/conf.c', qr/conf->log = NULL;/, '')],
    ['one that is not merged', qr/tg_conf_merge_server does not merge advice/,
        with('src/server/base/conf.c', qr/conf->advice = add->[^;]*;/, '')],
    ['one that is new', qr/tg_conf_create_dir does not set fresh.*tg_conf_merge_dir does not merge fresh/s,
        with('src/server/base/conf.h', qr/(?=\} tg_dir_conf_t;)/, "    int fresh;\n")]);

proven('the library stands alone', \&check_library, '.',
    ['a header of httpd', qr/phase\.c includes httpd\.h/,
        with('src/policy/phase.c', undef, "#include <httpd.h>\n")],
    ['another header of httpd', qr/fault\.h includes util_filter\.h/,
        with('src/base/fault.h', undef, "#include <util_filter.h>\n")],
    ['a clock', qr/state\.c calls apr_time_now/,
        with('src/format/state.c', undef, "int x(void) { return apr_time_now(); }\n")]);

proven('below src/ctl nobody prints', \&check_silence, '.',
    ['to the standard output', qr/^src\/store\/audit\.c prints: printf\($/m,
        with('src/store/audit.c', undef, qq{static void x(void) { printf("x"); }\n})],
    ['to the standard error', qr/^src\/follow\/follow\.c prints: stderr$/m,
        with('src/follow/follow.c', undef, qq{static void x(void) { tg_write(stderr, "x"); }\n})],
    ['what errno says', qr/^src\/os\/file\.c prints: perror\($/m,
        with('src/os/file.c', undef, qq{static void x(void) { perror("x"); }\n})]);

# What each folder must not include: the next one above it, or beside it.
my %LEAK = ('base' => 'tls/hello.h', 'tls' => 'policy/phase.h', 'policy' => 'format/plan.h', 'format' => 'report/html_frame.h', 'report' => 'os/file.h',
    'os' => 'tls/hello.h', 'term' => 'policy/phase.h', 'store' => 'follow/follow.h',
    'follow' => 'term/term.h', 'ctl' => 'server/base/conf.h', 'commands' => 'server/state/state_cache.h',
    'server/base' => 'server/state/state_cache.h', 'server/state' => 'server/record/sightlog.h',
    'server/record' => 'server/handshake/handshake.h', 'server/handshake' => 'server/request/gate.h',
    'server/request' => 'server/pages/verify_page.h', 'server/pages' => 'server/startup/dump.h',
    'server/startup' => 'server/request/gate.h');
proven('each folder includes what is below it', \&check_folders, '.',
    ['a path that leads around', qr{src/policy/phase\.c includes \.\./server/base/conf\.h},
        with('src/policy/phase.c', undef, qq{#include "../server/base/conf.h"\n})],
    ['one in data', qr{ciphers\.def includes server/base/conf\.h},
        with('src/tls/ciphers.def', undef, qq{#include "server/base/conf.h"\n})],
    map {
        my $folder = $_;
        my ($file) = glob("src/$folder/*.c");
        ["$LEAK{$folder} in $folder", qr{^\Q$file\E includes \Q$LEAK{$folder}\E$}m,
            with($file, undef, qq{#include "$LEAK{$folder}"\n})]
    } sort keys %LEAK);
my %folders = folders_of('.');
is_deeply([grep { !$LEAK{$_} && glob("src/$_/*.c") } sort keys %folders], [], '... a leak is planted in every folder');

proven('what a folder may not include does not compile', \&check_views, $ENV{BUILD} || 'build',
    ['a view that shows too much', qr{^base can include policy$}m, sub {
        my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
        my $build = TlsGate::Httpd::absolute($ENV{BUILD} || 'build');
        system("cp -a '$build/sees' '$dir/'") == 0 or return;
        symlink(TlsGate::Httpd::absolute('src/policy'), "$dir/sees/base/policy") or return;
        return $dir;
    }, 'base']);

proven('no include circle', \&check_circles, '.',
    ['one of two', qr/a circle among .*src\/base\/instant/,
        with('src/base/fault.c', undef, qq{#include "instant.h"\n})],
    ['one through data', qr/a circle among .*src\/tls\/ciphers\.def.*src\/tls\/registry/,
        with('src/tls/ciphers.def', undef, qq{#include "registry.h"\n})],
    ['data that is not there', qr/src\/tls\/registry includes src\/tls\/groups\.def, which is not there/,
        with('src/tls/registry.c', undef, qq{#include "groups.def"\n})],
    ['one across directories', qr/a circle among .*src\/server\/base\/conf/,
        with('src/base/instant.h', undef, qq{#include "server/base/conf.h"\n})]);

proven('one exported symbol', \&check_symbols, TlsGate::Httpd::module_path(),
    ['a second one', qr/^second is exported$/, sub {
        my $dir = tempdir(TMPDIR => 1, CLEANUP => 1);
        write_text("$dir/x.c", "int tlsgate_module; int second;\n");
        return system("$CC -shared -fPIC -o $dir/x.so $dir/x.c") == 0 ? "$dir/x.so" : undef;
    }]);

proven('every header compiles alone', \&check_headers, '.',
    ['one that needs another', qr/phase\.h does not compile alone/,
        with('src/policy/phase.h', undef, "size_t x(request_rec *r);\n"), 'src/policy/phase.h'],
    ['one without a guard', qr/directive_args\.h does not compile alone/,
        with('src/server/startup/directive_args.h', undef, "typedef struct { int y; } again_t;\n"), 'src/server/startup/directive_args.h']);

proven('names of statics', \&check_statics, '.',
    ['one word', qr/^weigh in src\/policy\/phase\.c: one word$/m,
        with('src/policy/phase.c', undef, "static int weigh(void) { return 1; }\n")],
    ['one in two files', qr/^weigh_all is in src\/policy\/phase\.c src\/policy\/verdict\.c$/m, sub {
        my $copy = mistaken('src/policy/phase.c', undef, "static int weigh_all(void) { return 1; }\n");
        write_text("$copy/src/policy/verdict.c", text_of("$copy/src/policy/verdict.c") . "static const char *weigh_all(void)\n");
        return $copy;
    }]);

proven('files that documents name', \&check_named_files, '.',
    ['one that is gone', qr/^docs\/design\.md names src\/policy\/gone\.c$/m,
        with('docs/design.md', undef, "`src/policy/gone.c`\n")],
    ['one that is gone, by its name alone', qr/^CONTRIBUTING\.md names gone\.c$/m,
        with('CONTRIBUTING.md', undef, "`gone.c`\n")]);

proven('the table of folders', \&check_folder_table, '.',
    ['one that is new', qr/^docs\/design\.md does not tell of fresh$/m,
        with('Makefile.apxs', qr/(?<=LIBRARY_FOLDERS := )/, 'fresh ')],
    ['one that is gone', qr/^docs\/design\.md tells of gone$/m,
        with('docs/design.md', undef, "| `src/gone/` | x |\n")]);

proven('nothing left behind', \&check_leftovers, '.',
    ['a path', qr/^README\.md:\d+: a path of one machine/m,
        with('README.md', undef, "see /" . "root/x\n")],
    ['a note', qr/^README\.md:\d+: unfinished/m,
        with('README.md', undef, "FIX" . "ME: more\n")]);

proven('messages of the error log', \&check_messages, '.',
    ['a number that is used twice', qr/^TLSGATE0009 is used twice$/m,
        with('src/server/record/sightlog.c', qr/TG_LOG\(0010/, 'TG_LOG(0009')],
    ['a number that is too short', qr/^TLSGATE10 does not have four digits$/m,
        with('src/server/record/sightlog.c', qr/TG_LOG\(0010/, 'TG_LOG(10')],
    ['a message that the reference does not explain', qr/^TLSGATE0999 is not in the reference$/m,
        with('src/server/record/sightlog.c', undef, qq{void x(server_rec *s)\n{\n    TG_LOG(0999, APLOG_ERR, 0, s, "new");\n}\n})],
    ['one that only the reference knows', qr/^TLSGATE0999 is not in the code$/m,
        with('docs/reference.md', undef, "| TLSGATE0999 | `old` | cause | remedy |\n")],
    ['one that the reference has twice', qr/^TLSGATE0026 is in the reference twice$/m,
        with('docs/reference.md', qr/^(\| TLSGATE0026 .*\n)/m, '| TLSGATE0026 | `x` | y | z |' . "\n" . '| TLSGATE0026 | `x` | y | z |' . "\n")],
    ['one without a remedy', qr/^the reference says nothing of TLSGATE0025$/m,
        with('docs/reference.md', qr/^(\| TLSGATE0025 \| `[^`]*` \| [^|]* \|).*/m, '| TLSGATE0025 | `x` | y | |')],
    ['another text', qr/^the reference has another text for TLSGATE0015: no TlsGateLog/m,
        with('docs/reference.md', qr/no TlsGateLog for HOST/, 'no log for HOST')],
    ['a message without an identifier', qr{^src/server/request/gate\.c has a message without an identifier$}m,
        with('src/server/request/gate.c', undef, qq{void x(server_rec *s)\n{\n    ap_log_error(APLOG_MARK, 0, 0, s, "x");\n}\n})]);

done_testing;
