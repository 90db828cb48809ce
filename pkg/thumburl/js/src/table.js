// Made from the forms of the edits in Go: go test ./pkg/thumburl -run JavaScriptTable -update
export const table = `affine{&,background#000000,idx~-4096|4096|0,idy~-4096|4096|0,interpolator=bilinear|nearest|bicubic|lbb|nohalo|vsqbs,matrix[-100|100|4|4,odx~-4096|4096|0,ody~-4096|4096|0
animated-
autoOrient-
autoquality'30|90
avif{,chromaSubsampling=4:2:0|4:4:4,effort*0|9,lossless+,quality*1|100
bandbool:and|or|eor
blur{!sigma,sigma~.3|1000
boolean{&,bucket&,key$,operator=and|or|eor
canvas{&,background#,height*1|4096,offsetX%-4096|4096|0,offsetY%-4096|4096|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,ratio+,width*1|4096
clahe{&,height'1|1024,maxSlope*0|100|3,width'1|1024
convolve{&,height'1|31,kernel[-1000000|1000000|1|961,offset~-255|255|0,scale~1e-6|1000000,width'1|31
crop{&,height'1|100000000,left*0|100000000|0,top*0|100000000|0,width'1|100000000
cropTo{&,focus@,height%1|100000000,offsetX%-100000000|100000000|0,offsetY%-100000000|100000000|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top|entropy|attention,width%1|100000000
ensureAlpha{!alpha,alpha~0|1|1
extend{,background#000000,bottom*0|4096|0,extendWith=background|copy|repeat|mirror,left*0|4096|0,right*0|4096|0,top*0|4096|0
extract{&,height'1|100000000,left*0|100000000|0,top*0|100000000|0,width'1|100000000
extractChannel:red|green|blue|alpha
flatten{!,background#000000
flip+
flop+
gamma{!gamma,gamma~1|3|2.2,gammaOut~1|3
gif{,colours*2|256|256,delay)0|65535|1|300,dither~0|1|1,effort*1|10,loop*0|65535
grayscale+
jpeg{,chromaSubsampling=4:2:0|4:4:4,progressive-,quality*1|100
linear{,a(-1000|1000|2|4,b(-100000|100000|2|4
maxBytes'1|100000000
median{!size,size*1|51|3
modulate{,brightness~0|100|1,hue*0|359|0,lightness~-100|100|0,saturation~0|100|1
negate{!,alpha-
normalise{!,lower*0|99|1,upper*1|100|99
overlayWith{&,alpha*0|100|0,blend=over|clear|source|in|out|atop|dest|dest-over|dest-in|dest-out|dest-atop|xor|add|saturate|multiply|screen|overlay|darken|lighten|colour-dodge|colour-burn|hard-light|soft-light|difference|exclusion,bucket&,hRatio*1|100,key$,left%-4096|4096,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,tile+,top%-4096|4096,wRatio*1|100
pipelineColourspace=srgb|b-w|scrgb|rgb16|grey16|cmyk|lab|lch|hsv
pixelate'2|4096
png{,colours*2|256|256,compressionLevel*0|9,dither~0|1|1,palette+,progressive+,quality*1|100
recomb]-1000|1000
removeAlpha+
resize{&,background#,decoderRounding+,fit=cover|contain|fill|inside|outside|auto,focus@,height*1|4096,keepSide+,kernel=lanczos3|lanczos2|mitchell|cubic|nearest|linear,minHeight*1|4096,minWidth*1|4096,noUpscale+,offsetX%-4096|4096|0,offsetY%-4096|4096|0,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top|entropy|attention,ratio~.0001|100,space=|linear|gamma,width*1|4096,withoutEnlargement+,withoutReduction+
rotate{&angle,angle<,background#000000
roundCrop{!,left~0|4096,rx~.5|4096,ry~.5|4096,top~0|4096
sharpen{!sigma,m1~0|1000|1,m2~0|1000|2,sigma~.01|10,x1~0|1000|2,y2~0|1000|10,y3~0|1000|20
smartCrop{!,faceIndex*0|99|0,padding*0|4096|0
threshold{!threshold,grayscale-,threshold*1|255|128
tiff{,compression=deflate|none|lzw|packbits|jpeg,quality*1|100|80
tint#-
toColourspace=srgb|b-w|scrgb|rgb16|grey16|cmyk|lab|lch|hsv
trim{!,background#,equalHorizontal+,equalVertical+,lineArt+,margin*0|4096|0,threshold~0|255|10
turnFrames-
unflatten+
watermark{&,bucket&,key$,offsetX%-4096|4096|0,offsetY%-4096|4096|0,opacity~0|1|1,position=centre|top|right top|right|right bottom|bottom|left bottom|left|left top,replicate+,scale~.001|1
webp{,alphaQuality*0|100|100,delay)0|65535|1|300,effort*0|6,loop*0|65535,lossless+,nearLossless+,quality*1|100,smartSubsample-`;
